"""Results travel by a remote; stages run on a cluster."""

import shutil

import pytest

from flows.run_graph import run_graph, use_dask
from tests.flows.toy import DIAMOND, Toy, make_toy

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]


def test_second_clone_gets_the_results_without_computing(toy, tmp_path, monkeypatch):
    toy.dvc("remote", "add", "--default", "share", str(tmp_path / "share"))
    assert run_graph(return_state=True).is_completed()
    toy.dvc("push", "--run-cache")
    second = Toy(tmp_path / "second")
    # What Git would carry: neither outputs nor cache.
    ignore = shutil.ignore_patterns("*.txt", "cache", "tmp")
    shutil.copytree(toy.root, second.root, ignore=ignore)
    for stage in DIAMOND:
        (second.root / f"fail-{stage}").touch()
    second.dvc("pull")
    monkeypatch.chdir(second.root)
    assert run_graph(return_state=True).message.startswith("0 stages ran, 0 were restored")
    assert (second.root / "last.txt").read_text() == (toy.root / "last.txt").read_text()


def test_dask_cluster_of_two_processes_gives_the_same_lock(toy, tmp_path, monkeypatch):
    pytest.importorskip("prefect_dask", reason="install the extra `dask`")
    serial = make_toy(tmp_path / "serial", DIAMOND)
    serial.dvc("repro")
    state = use_dask("local", 2)(workers=2, return_state=True)
    assert state.message.startswith("4 stages ran")
    assert toy.lock() == serial.lock()


def test_failure_on_a_cluster_is_named(toy):
    pytest.importorskip("prefect_dask", reason="install the extra `dask`")
    (toy.root / "fail-left").touch()
    state = use_dask("local", 2)(workers=2, keep_going=True, return_state=True)
    assert state.is_failed() and "left failed with exit code" in state.message
    assert (toy.root / "right.txt").exists()

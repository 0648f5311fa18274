"""Two processes have the loss curve of one."""

import json
import os
import signal
import subprocess
import sys

import pytest
import torch
from torch.distributed.elastic.multiprocessing.errors import ProcessFailure

from crossmodal.errors import ParameterError
from crossmodal.train.distributed import ALONE, find_cause, join_group
from tests.src.train.toys import (
    ToyData,
    ToyNetwork,
    assert_same,
    finish,
    make_training,
    settings,
)


@pytest.fixture(scope="module")
def trained(project, tmp_path_factory):
    """What two processes left that torchrun started; see `worker`."""
    folder = tmp_path_factory.mktemp("trained")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run(
        [*torchrun, "-m", "tests.src.train.worker", folder],
        cwd=project,
        env=os.environ | {"PYTHONPATH": f"{project}:{project}/src", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["mixed", "alternate"])
def test_two_processes_equal_one(trained, tmp_path, runtime, strategy):
    torch.manual_seed(0)
    network, data = ToyNetwork(dropout=0, norm=False), ToyData(even=True)
    path, config = tmp_path / "one.pt", settings(strategy=strategy)
    one = finish(make_training(path, runtime, config, network=network, data=data))
    rows = json.loads((trained / strategy / "whole" / "rows.json").read_text())
    assert len(rows) == len(one.progress.rows)
    for theirs, ours in zip(rows, one.progress.rows, strict=True):
        measured = {name: value for name, value in ours.items() if value is not None}
        assert theirs == {**theirs, **{name: None for name in ours.keys() - measured.keys()}}
        assert {name: theirs[name] for name in measured} == pytest.approx(measured, rel=1e-5)
    weights = torch.load(trained / strategy / "whole" / "0.pt")
    for name, tensor in network.state_dict().items():
        assert torch.allclose(weights[name], tensor, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["mixed", "alternate"])
def test_processes_agree_and_resume_to_the_bit(trained, strategy):
    whole, killed = (trained / strategy / name for name in ("whole", "killed"))
    assert (whole / "rows.json").read_text() == (killed / "rows.json").read_text()
    first = torch.load(whole / "0.pt")
    for path in (whole / "1.pt", killed / "0.pt", killed / "1.pt"):
        assert_same(dict(first), dict(torch.load(path)))


def test_alone_without_torchrun(runtime, monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    network, values = ToyNetwork(), torch.ones(2)
    with join_group(runtime) as group:
        assert group is ALONE
        assert group.wrap(network, runtime) is network
        assert group.average(values) is values


def test_half_of_torchruns_environment_is_refused(runtime, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(ParameterError, match="start them by torchrun"), join_group(runtime):
        pass


def test_a_group_of_one_is_left_at_the_end(runtime, monkeypatch):
    environment = {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with join_group(runtime) as group:
        assert group == ALONE
    assert not torch.distributed.is_initialized()


@pytest.mark.parametrize(
    ("codes", "cause"),
    [
        ([-signal.SIGTERM, 2], 1),  # the launcher ends those that are left
        ([1, -signal.SIGKILL], 1),  # the other's connection broke
        ([-signal.SIGTERM, 1, -signal.SIGKILL], 2),
        ([-signal.SIGTERM, -signal.SIGTERM], 0),
        ([3, 2], 0),
    ],
)
def test_the_process_that_failed_by_itself_is_named(codes, cause):
    failures = {
        rank: ProcessFailure(local_rank=rank, pid=rank, exitcode=code, error_file="")
        for rank, code in enumerate(codes)
    }
    assert find_cause(failures) == (cause, failures[cause])

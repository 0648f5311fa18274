"""A workspace to run in, and a Prefect server for the whole session."""

import shutil
from pathlib import Path

import pytest

from tests.flows.toy import DIAMOND, Toy, make_toy


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """A diamond of four stages, none made yet; the current folder."""
    made = make_toy(tmp_path / "toy", DIAMOND)
    monkeypatch.chdir(made.root)
    return made


@pytest.fixture(scope="session")
def serial(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """The diamond as a serial `dvc repro` makes it; no test may change it."""
    made = make_toy(tmp_path_factory.mktemp("serial") / "toy", DIAMOND)
    made.dvc("repro")
    return made


@pytest.fixture
def finished(serial: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """A copy of it, to change; the current folder."""
    made = Toy(shutil.copytree(serial.root, tmp_path / "finished"))
    monkeypatch.chdir(made.root)
    return made


@pytest.fixture(scope="session")
def prefect_server():
    """A temporary server and database for all flows of the session."""
    pytest.importorskip("prefect")
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield

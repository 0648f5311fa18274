"""A workspace to run in, and a Prefect server for the whole session."""

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
def prefect_server():
    """A temporary server and database for all flows of the session."""
    pytest.importorskip("prefect")
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield

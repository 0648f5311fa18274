"""Paper B's small pipeline, run once for all tests of its stages."""

import pytest

from tests.pipeline.skipmodal.tiny_skipmodal import tiny_params, train_and_evaluate, write_inputs


@pytest.fixture(scope="session")
def pairs(project, digits, tmp_path_factory):
    """A project with both data sets, the plan and the post-net."""
    folder = tmp_path_factory.mktemp("skipmodal")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_inputs(tiny_params(project), digits)
    return folder


@pytest.fixture(scope="session")
def trained(pairs):
    """The same with every run trained and evaluated, ceilings and tables."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(pairs)
        train_and_evaluate()
    return pairs

"""A list of files for each stage: complete, exact, and changed by what the stage uses alone."""

import hashlib

import pytest

from crossmodal.errors import DataError
from pipeline.closure import find_stages
from pipeline.fingerprint import list_code, md5_of

TREE = {
    "requirements.lock": "torch==1\n",
    "pipeline/__init__.py": "",
    "pipeline/stage.py": "def run(main): main()",
    "pipeline/check_params.py": "from pipeline import stage\nstage.run(print)",
    "pipeline/fingerprint.py": "from pipeline import stage\nstage.run(print)",
    "pipeline/paper/draw.py": "import crossmodal.ink\nfrom pipeline import stage\nstage.run(print)",
    "pipeline/paper/read.py": "from pipeline import stage\nif 1:\n    stage.run(print)",
    "pipeline/helpers.py": "def stage_run(): pass",
    "src/crossmodal/ink.py": "x = 1",
    "src/crossmodal/unused.py": "y = 1",
}


@pytest.fixture
def tree(tmp_path):
    """Made-up trees, each in a folder of its own: parsed files are remembered by their path."""

    def make(name: str, **changed: str):
        for path, text in {**TREE, **changed}.items():
            file = tmp_path / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return tmp_path / name

    return make


def test_stages_are_the_modules_that_run_one(tree):
    assert find_stages(tree("a")) == {
        "check_params": "pipeline.check_params",
        "fingerprint": "pipeline.fingerprint",
        "draw": "pipeline.paper.draw",
        "read": "pipeline.paper.read",
    }


def test_lists_hash_what_a_stage_imports_and_the_packages(tree):
    lists = list_code(tree("a"))
    assert lists.keys() == {"check_params", "draw", "read"}
    names = [line.split(" ", 1)[1] for line in lists["draw"].splitlines()]
    assert names == sorted(
        [
            "pipeline/paper/draw.py",
            "pipeline/stage.py",
            "requirements.lock",
            "src/crossmodal/ink.py",
        ]
    )
    assert "requirements.lock" not in lists["check_params"]
    assert hashlib.md5(b"x = 1").hexdigest() + " src/crossmodal/ink.py\n" in lists["draw"]
    assert md5_of(b"x = 1") == hashlib.md5(b"x = 1").hexdigest()


@pytest.mark.parametrize(
    ("path", "stale"),
    [
        ("src/crossmodal/ink.py", {"draw"}),
        ("src/crossmodal/unused.py", set()),
        ("pipeline/helpers.py", set()),
        ("pipeline/paper/read.py", {"read"}),
        ("pipeline/stage.py", {"check_params", "draw", "read"}),
        ("requirements.lock", {"draw", "read"}),
    ],
)
def test_a_changed_file_changes_the_lists_of_its_users_alone(tree, path, stale):
    before, after = list_code(tree("a")), list_code(tree("b", **{path: TREE[path] + "\n# more"}))
    assert {name for name in before if before[name] != after[name]} == stale


def test_a_file_that_is_no_python_is_named(tree):
    with pytest.raises(DataError, match=r"ink\.py is not Python: .*line 2"):
        list_code(tree("a", **{"src/crossmodal/ink.py": "x = 1\ny ="}))

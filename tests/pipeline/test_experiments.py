"""docs/experiments.md: DVC's experiments with this project, smaller than the smoke scale."""

import csv
import io
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from crossmodal.files import sha256
from pipeline import run_scale

pytestmark = pytest.mark.slow
WEIGHTS = "data/models/classifier/digits.safetensors"
SIZE = "train_classifier.batch_size"
QUEUE_SECONDS = 900


def call(*command):
    """Run a program in the current folder as a person does; what it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def dvc(*arguments):
    return call(sys.executable, "-m", "dvc", *arguments)


@pytest.fixture(scope="module")
def branch(project, tmp_path_factory):
    """A clone of the project on a branch at a small scale, with its classifier trained."""
    folder = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("GIT_", "DVC_"))]:
            patch.delenv(name)
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        patch.chdir(project)
        for path in run_scale.list_files():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / path)
        (folder / ".dvc/cache").symlink_to(project / ".dvc/cache")
        (project / ".dvc/cache").mkdir(exist_ok=True)
        patch.chdir(folder)
        tiny = {"extends": "smoke", "train_classifier": {"epochs": 1, "train_images": 500}}
        (folder / "scales/tiny.yaml").write_text(yaml.safe_dump(tiny))
        for setting in (("user.name", "n"), ("user.email", "e@example.org")):
            call("git", "config", "--global", *setting)
        call("git", "init", "-q", "-b", "main")
        call("git", "add", "-A")
        call("git", "commit", "-qm", "The project")
        call("git", "switch", "-qc", "tiny")
        call(sys.executable, "-m", "pipeline.run_scale", "tiny", "--in-place")
        dvc("repro", "train_classifier")
        call("git", "commit", "-qam", "The tiny scale")
        yield folder
        dvc("queue", "stop", "--kill")


def show():
    """What `dvc exp show` has of every experiment and of the branch: batch size by name."""
    rows = csv.DictReader(io.StringIO(dvc("exp", "show", "--only-changed", "--csv")))
    assert not {"train_classifier.epochs", "train_mapping.steps"} & set(rows.fieldnames)
    return {row["Experiment"] or row["rev"]: row.get(SIZE) for row in rows}


def wait_for_queue():
    deadline = time.monotonic() + QUEUE_SECONDS
    while "Running" in (said := dvc("queue", "status")) or "Queued" in said:
        assert time.monotonic() < deadline, said
        time.sleep(3)
    assert "Failed" not in said, said


def test_experiments_are_run_compared_and_taken_over(branch):
    base = sha256(branch / WEIGHTS)

    dvc("exp", "run", "--name", "here", "-S", f"{SIZE}=128", "train_classifier")
    assert dvc("params", "diff").splitlines()[1].split() == ["params.yaml", SIZE, "64", "128"]
    here = sha256(branch / WEIGHTS)
    assert here != base
    call("git", "restore", ".")
    dvc("checkout", "train_classifier")
    assert sha256(branch / WEIGHTS) == base

    edited = branch / "src/crossmodal/train/classifier.py"
    code = edited.read_text()
    dvc("exp", "run", "--temp", "--name", "apart", "-S", f"{SIZE}=32", "train_classifier")
    dvc("exp", "run", "--queue", "-S", f"{SIZE}=16,128", "train_classifier")
    # What is queued runs the code that it was queued with.
    edited.write_text('raise SystemExit("edited since")\n')
    dvc("queue", "start")
    wait_for_queue()
    edited.write_text(code)
    assert sha256(branch / WEIGHTS) == base and call("git", "status", "--porcelain") == ""

    sizes = show()
    assert {"here": "128", "apart": "32"}.items() <= sizes.items()
    assert sizes["tiny"] == sizes["workspace"] == "64"
    assert sorted(sizes.values()) == ["128", "128", "16", "32", "64", "64"]

    # What the cache lacks, as it was never made here, it names as an error; all else is done.
    applied = subprocess.run(
        [sys.executable, "-m", "dvc", "exp", "apply", "apart"], capture_output=True, text=True
    )
    assert applied.returncode == 0 or "Checkout failed" in applied.stderr, applied.stderr
    assert sha256(branch / WEIGHTS) not in (base, here)
    assert dvc("params", "diff").splitlines()[1].split() == ["params.yaml", SIZE, "64", "32"]
    assert "up to date" in dvc("repro", "train_classifier")

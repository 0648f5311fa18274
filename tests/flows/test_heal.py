import json
import os
import subprocess
import sys
import time

import psutil
import pytest

from crossmodal.errors import UserError
from flows import lockfile
from flows.heal import heal
from flows.leftovers import sweep_cache
from flows.processes import OWNER, owner_lives, owner_mark

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def sleeper():
    """Starts sleeping processes with given variables; ends them all after the test."""
    started: list[subprocess.Popen] = []

    def start(cwd, command=SLEEP, **variables: str) -> subprocess.Popen:
        started.append(subprocess.Popen(command, cwd=cwd, env={**os.environ, **variables}))
        # Until it has become its own program, its environment is still the parent's.
        while variables.items() - psutil.Process(started[-1].pid).environ().items():
            time.sleep(0.01)
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_unreadable_rwlock_is_removed(toy):
    path = toy.root / ".dvc" / "tmp" / "rwlock"
    for content in ("", "{", "[]", '{"write": {"x": 3}}'):
        path.write_text(content)
        assert heal(toy.workspace) == ["removed an unreadable .dvc/tmp/rwlock"]
        assert not path.exists()
    toy.dvc("repro", "first")


def test_rwlock_of_a_strangers_process_is_removed(toy, sleeper):
    """DVC alone waits for ever here: the process lives, but it is no DVC."""
    stranger = sleeper(toy.root)
    info = {"pid": stranger.pid, "cmd": "dvc repro"}
    path = toy.root / ".dvc" / "tmp" / "rwlock"
    path.write_text(json.dumps({"write": {str(toy.root / "first.txt"): info}, "read": {}}))
    with pytest.raises(subprocess.CalledProcessError):
        toy.dvc("repro", "first")
    assert "dead processes" in heal(toy.workspace)[0]
    assert stranger.poll() is None
    toy.dvc("repro", "first")


@pytest.mark.parametrize("end", [b"", b"schema: '2", b"  has"])
def test_damaged_lock_file_is_mended_and_restored_without_running(finished, end):
    """Cut off before its first byte, in its head, or in the middle of a key."""
    whole = finished.lock()
    (finished.root / "dvc.lock").write_bytes(whole[: whole.rindex(end) + len(end)] if end else b"")
    assert "mended dvc.lock" in heal(finished.workspace)[0]
    assert "Running stage" not in finished.dvc("repro")
    assert finished.lock() == whole
    assert heal(finished.workspace) == []


@pytest.mark.parametrize("share", [0.15, 0.4, 0.65, 0.9])
def test_a_cut_anywhere_is_restored_without_running(finished, share):
    """Damaged or not: some cuts leave a file that DVC still reads."""
    whole = finished.lock()
    (finished.root / "dvc.lock").write_bytes(whole[: int(share * len(whole))])
    heal(finished.workspace)
    assert "Running stage" not in finished.dvc("repro")
    assert finished.lock() == whole


def test_orphans_end_and_strangers_do_not(toy, tmp_path, sleeper):
    dead = subprocess.Popen(["true"])
    mark = f"{dead.pid}:{time.time():.0f}"
    dead.wait()
    of_dead_flow = sleeper(toy.root, **{OWNER: mark})
    of_dead_dvc = sleeper(toy.root, DVC_ROOT=str(toy.root), DVC_STAGE="first")
    strangers = [
        sleeper(toy.root),
        sleeper(toy.root, **{OWNER: owner_mark()}),
        sleeper(tmp_path, **{OWNER: mark}),
        sleeper(tmp_path, DVC_ROOT=str(tmp_path), DVC_STAGE="first"),
    ]
    done = heal(toy.workspace)
    assert len(done) == 2 and all("ended the orphaned process" in line for line in done)
    assert not any(psutil.pid_exists(process.pid) for process in (of_dead_flow, of_dead_dvc))
    assert [process.poll() for process in strangers] == [None] * 4


def test_healing_has_a_lock_of_its_own(toy):
    again = toy.workspace.exclusive("heal", 0)
    with toy.workspace.exclusive("heal", 0), pytest.raises(UserError, match="another heal"):
        again.__enter__()
    assert heal(toy.workspace) == []


def test_owner_is_known_by_number_and_start():
    assert owner_lives(owner_mark())
    number = owner_mark().split(":")[0]
    assert not owner_lives(f"{number}:12345")
    assert not owner_lives("nonsense")
    assert lockfile.parse("") == {}


def test_leftovers_of_killed_runs_go_and_results_stay(toy, sleeper):
    temporary = [
        "data/.tmp-images/shard-0.tar",  # a folder that was being written
        "metrics/.tmp-table.csv",
        ".checkpoints/pairs/.tmp-image-text-123",
        f"data/model.{'x-_7' * 5}ab.tmp",  # DVC's
    ]
    results = ["data/images/shard-0.tar", "metrics/table.csv", "data/notes.tmp", ".tmp-of-mine"]
    for name in [*temporary, *results]:
        (toy.root / name).parent.mkdir(parents=True, exist_ok=True)
        (toy.root / name).write_text(name)
    (toy.root / "pipeline").mkdir()
    (toy.root / "pipeline/wait.py").write_text("import time; time.sleep(60)")
    by_hand = sleeper(toy.root, command=[sys.executable, "-m", "pipeline.wait"], PYTHONPATH="")
    assert heal(toy.workspace) == []  # it may be writing them
    by_hand.kill()
    by_hand.wait()
    done = heal(toy.workspace)
    assert len(done) == 4 and all("which a killed run left" in line for line in done)
    assert not any((toy.root / name).exists() for name in temporary)
    assert all((toy.root / name).exists() for name in results)


def test_only_old_leftovers_go_from_a_cache_that_others_may_use(tmp_path):
    fresh, old = tmp_path / f"files/md5/ab/.{'a' * 22}.tmp", tmp_path / f".{'b' * 22}.tmp"
    fresh.parent.mkdir(parents=True)
    for path in (fresh, old, tmp_path / "files/md5/ab/cdef"):
        path.touch()
    os.utime(old, (0, 0))
    assert [*sweep_cache(tmp_path)] == [f"removed {old}, which a killed run left"]
    assert fresh.exists()

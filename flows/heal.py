"""Clear up what a killed run left behind: locks, a damaged dvc.lock, orphaned processes.

The flow does this before it starts; by hand: `make heal`.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
import psutil
import yaml

from crossmodal.errors import UserError
from crossmodal.files import write_text
from flows import lockfile
from flows.processes import OWNER, owner_lives
from flows.workspace import list_workspaces

LOCK_TIMEOUT = 60.0
# A file that another process is just writing reads well a moment later.
READ_ATTEMPTS, READ_PAUSE = 5, 0.2


def heal(root: Path) -> list[str]:
    """Mend the workspace `root`; returns what was done, nothing on a healthy one.

    Raises:
        UserError: another process is healing it for too long.
    """
    with exclusive(root, "heal", LOCK_TIMEOUT):
        done = [*end_orphans(root)]
        busy = find_dvc(root)
        if not busy:
            done += [*mend_rwlock(root), *mend_lockfile(root)]
    return done


@contextmanager
def exclusive(root: Path, name: str, timeout: float) -> Iterator[None]:
    """Hold the lock `name` of a workspace; the system frees it when this process ends.

    Raises:
        UserError: another process holds it for more than `timeout` seconds.
    """
    path = root / ".dvc" / "tmp" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(path, timeout=timeout)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise UserError(f"another {name} is at work in {root}; wait for it to end") from None
    try:
        yield
    finally:
        lock.release()


def end_orphans(root: Path) -> Iterator[str]:
    """End the processes that runs in `root` started and did not outlive; says which."""
    orphans = [process for process in psutil.process_iter() if is_orphan(process, root)]
    for process in orphans:
        try:
            command = " ".join(process.cmdline())
            process.kill()
        except psutil.Error:
            continue
        yield f"ended the orphaned process {process.pid}: {command}"
    psutil.wait_procs(orphans, timeout=10)


def is_orphan(process: psutil.Process, root: Path) -> bool:
    """Whether a process belongs to a run in `root` that is dead.

    Either the flow that started it is, or it is a stage's process and no DVC waits for it. Both
    show in the environment that it was started with, which no process of others has.
    """
    try:
        variables = process.environ()
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if OWNER in variables and not owner_lives(variables[OWNER]):
            return Path(process.cwd()).is_relative_to(root)
        of_stage = "DVC_STAGE" in variables and variables.get("DVC_ROOT") == str(root)
        return of_stage and not any(is_dvc(parent) for parent in process.parents())
    except (psutil.Error, OSError):
        return False


def find_dvc(root: Path) -> list[psutil.Process]:
    """The DVC processes that are at work in `root`."""
    return [process for process in psutil.process_iter() if is_dvc(process, root)]


def is_dvc(process: psutil.Process, root: Path | None = None) -> bool:
    """Whether a process is a living DVC, in `root` if that is given."""
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        # `python -m dvc ...`, `python .../bin/dvc ...`
        program = [Path(word).name for word in process.cmdline()[:3]]
        return "dvc" in program and (root is None or Path(process.cwd()) == root)
    except (psutil.Error, OSError):
        return False


def mend_rwlock(root: Path) -> Iterator[str]:
    """Remove DVC's list of who reads and writes what, if nobody living is in it.

    DVC itself forgets processes that are gone, but not those whose number another process has
    been given since, and it stops at a file that it cannot read.
    """
    path = root / ".dvc" / "tmp" / "rwlock"
    for _ in range(READ_ATTEMPTS):
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))
            listed = [*entries.get("write", {}).values()]
            listed += [info for infos in entries.get("read", {}).values() for info in infos]
            numbers = {int(info["pid"]) for info in listed}
            break
        except FileNotFoundError:
            return
        except (ValueError, TypeError, KeyError, AttributeError):
            time.sleep(READ_PAUSE)
    else:
        path.unlink(missing_ok=True)
        yield "removed an unreadable .dvc/tmp/rwlock"
        return
    # No DVC is at work here: whoever is listed is dead, or is a stranger with the same number.
    if numbers:
        path.unlink(missing_ok=True)
        yield f"removed .dvc/tmp/rwlock of dead processes: {', '.join(map(str, sorted(numbers)))}"


def mend_lockfile(root: Path) -> Iterator[str]:
    """Keep the whole entries of a damaged dvc.lock; DVC's run cache restores the others."""
    path = lockfile.path(root)
    try:
        content = path.read_bytes()
        if lockfile.parse(content.decode("utf-8")):
            return
    except FileNotFoundError:
        return
    except (ValueError, yaml.YAMLError):
        pass
    text = content.decode("utf-8", errors="replace")
    kept = lockfile.salvage(text)
    write_text(root / ".dvc" / "tmp" / "dvc.lock.damaged", text)
    if kept:
        write_text(path, kept)
    else:
        path.unlink()
    count = len(lockfile.parse(kept))
    yield f"mended dvc.lock: kept {count} whole entries, the run cache restores the others"


def main() -> int:
    """Heal the project and the workspaces of its other scales; say what was done."""
    parser = argparse.ArgumentParser(prog="python -m flows.heal", description=__doc__)
    parser.parse_args()
    try:
        done = [f"{root}: {line}" for root in list_workspaces() for line in heal(root)]
    except UserError as error:
        print(f"heal: {error}", file=sys.stderr)
        return error.exit_code
    print("\n".join(done) if done else "Nothing to heal.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

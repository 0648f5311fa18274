"""Clear up after a killed run: locks, a damaged dvc.lock, orphaned processes, temporary files.

The flow does this before it starts; by hand: `make heal`.
"""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import yaml

from crossmodal.files import write_text
from flows import lockfile
from flows.leftovers import sweep_cache, sweep_workspace
from flows.processes import OWNER, owner_lives
from flows.workspace import Workspace, list_workspaces
from pipeline.failures import reported

LOCK_TIMEOUT = 60.0
# A file that another process is just writing reads well a moment later.
READ_ATTEMPTS, READ_PAUSE = 5, 0.2


def heal(workspace: Workspace) -> list[str]:
    """Mend a workspace; returns what was done, nothing on a healthy one.

    Raises:
        UserError: another process is healing it for too long.
    """
    with workspace.exclusive("heal", LOCK_TIMEOUT):
        done = [*end_orphans(workspace.folder)]
        if not find_dvc(workspace.folder):
            done += [*mend_rwlock(workspace), *mend_lockfile(workspace)]
            if not find_stages(workspace.folder):
                done += sweep_workspace(workspace)
    return done


def end_orphans(folder: Path) -> Iterator[str]:
    """End the processes that runs in `folder` started and did not outlive; says which."""
    orphans = [process for process in psutil.process_iter() if is_orphan(process, folder)]
    for process in orphans:
        try:
            command = " ".join(process.cmdline())
            process.kill()
        except psutil.Error:
            continue
        yield f"ended the orphaned process {process.pid}: {command}"
    psutil.wait_procs(orphans, timeout=10)


def is_orphan(process: psutil.Process, folder: Path) -> bool:
    """Whether a process belongs to a run in `folder` that is dead.

    Either the flow that started it is, or it is a stage's process and no DVC waits for it. Both
    show in the environment that it was started with, which no process of others has.
    """
    try:
        variables = process.environ()
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if OWNER in variables and not owner_lives(variables[OWNER]):
            return Path(process.cwd()).is_relative_to(folder)
        of_stage = "DVC_STAGE" in variables and variables.get("DVC_ROOT") == str(folder)
        return of_stage and not any(is_dvc(parent) for parent in process.parents())
    except (psutil.Error, OSError):
        return False


def find_dvc(folder: Path) -> list[psutil.Process]:
    """The DVC processes that are at work in `folder`."""
    return [process for process in psutil.process_iter() if is_dvc(process, folder)]


def find_stages(folder: Path) -> list[psutil.Process]:
    """The stages that somebody runs in `folder` by hand."""
    return [process for process in psutil.process_iter() if is_stage(process, folder)]


def is_stage(process: psutil.Process, folder: Path) -> bool:
    """Whether a process is `python -m pipeline...` in `folder`."""
    try:
        module = process.cmdline()[1:3]
        return " ".join(module).startswith("-m pipeline.") and Path(process.cwd()) == folder
    except (psutil.Error, OSError):
        return False


def is_dvc(process: psutil.Process, folder: Path | None = None) -> bool:
    """Whether a process is a living DVC, in `folder` if that is given."""
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        # `python -m dvc ...`, `python .../bin/dvc ...`
        program = [Path(word).name for word in process.cmdline()[:3]]
        return "dvc" in program and (folder is None or Path(process.cwd()) == folder)
    except (psutil.Error, OSError):
        return False


def mend_rwlock(workspace: Workspace) -> Iterator[str]:
    """Remove DVC's list of who reads and writes what, if nobody living is in it.

    DVC itself forgets processes that are gone, but not those whose number another process has
    been given since, and it stops at a file that it cannot read.
    """
    path = workspace.dvc_files / "rwlock"
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


def mend_lockfile(workspace: Workspace) -> Iterator[str]:
    """Keep the whole entries of a damaged dvc.lock; DVC's run cache restores the others."""
    path = workspace.lock_file
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
    write_text(workspace.dvc_files / "dvc.lock.damaged", text)
    if kept:
        write_text(path, kept)
    else:
        path.unlink()
    count = len(lockfile.parse(kept))
    yield f"mended dvc.lock: kept {count} whole entries, the run cache restores the others"


def main() -> None:
    """Heal the project and the workspaces of its other scales; say what was done."""
    parser = argparse.ArgumentParser(prog="python -m flows.heal", description=__doc__)
    parser.parse_args()
    workspaces = list_workspaces()
    done = [f"{each.folder}: {line}" for each in workspaces for line in heal(each)]
    done += sweep_cache(workspaces[0].find_cache())
    print("\n".join(done) if done else "Nothing to heal.")


if __name__ == "__main__":
    with reported("heal"):
        main()

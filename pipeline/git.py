"""Git's command line: the only way in which the pipeline and the flows ask Git anything."""

import os
import subprocess
from pathlib import Path

from crossmodal.errors import UserError

# Whatever a person has set: nobody is asked for a passphrase, no hook runs (DVC's own would check
# data out), files are the bytes that are committed, and nothing is printed that was not asked for.
SETTINGS = {
    "commit.gpgsign": "false",
    "core.autocrlf": "false",
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "log.showSignature": "false",
    "tag.gpgSign": "false",
}
OPTIONS = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
# Set inside a hook; they would bind a command to the repository that the hook belongs to.
FOREIGN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")


class GitError(UserError):
    """Git is not there, or refused a command."""


def run_git(folder: Path, *arguments: str, **variables: str) -> str:
    """What a Git command prints in `folder`, without the line ends after it.

    Args:
        folder: any folder of a work tree.
        arguments: the command and its own.
        variables: environment variables beside this process's.

    Raises:
        GitError: with what Git said, in one line.
    """
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *OPTIONS, *arguments],
            env={**kept, **variables},
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",  # names of files are bytes
        )
    except FileNotFoundError:
        raise GitError("git is not installed, or is not on PATH") from None
    if done.returncode:
        said = " ".join(done.stderr.split()).removeprefix("fatal: ").removeprefix("error: ")
        command = next(word for word in arguments if not word.startswith("-"))
        raise GitError(f"git {command}: {said or f'failed with exit code {done.returncode}'}")
    return done.stdout.rstrip("\n")


def has_repository(folder: Path) -> bool:
    """Whether there is a repository around `folder`, in whatever state it is."""
    folder = folder.resolve()
    return any((place / ".git").exists() for place in (folder, *folder.parents))

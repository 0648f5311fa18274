"""Errors that a person can act on: shown as one line, without a traceback."""

import errno
from importlib.util import find_spec

# What to do about an OSError.
ADVICE = {
    errno.ENOSPC: "make room on that disk, or name a place on another one",
    errno.EDQUOT: "make room below your quota, or name another place",
    errno.EFBIG: "allow larger files (`ulimit -f`), or name another place",
    errno.EACCES: "allow access to it, or name another place",
    errno.EPERM: "allow access to it, or name another place",
    errno.EROFS: "nothing can be written there: name another place",
    errno.EMFILE: "allow more open files (`ulimit -n`)",
    errno.ENAMETOOLONG: "name a shorter one",
    errno.EIO: "look after the disk",
    errno.ENOMEM: "end other programs, or take a machine with more memory",
    errno.EBADF: "standard output is closed: send it to a file or a program",
}


class UserError(Exception):
    """Something outside the code is wrong; the message says what to do about it."""

    exit_code = 1


class ParameterError(UserError):
    """A parameter has a wrong name, type or value."""

    exit_code = 2


class DataError(UserError):
    """An input file is missing, damaged or disagrees with another one."""


class FormatError(DataError):
    """A file is whole, but of a format that another version of this package writes."""


class MissingExtra(UserError):
    """A package is not installed that an extra of this one brings."""

    exit_code = 2


def check_extra(extra: str, module: str, purpose: str) -> None:
    """To be called before `module`, which the extra brings, is imported.

    Args:
        purpose: what needs it, the start of the message.

    Raises:
        MissingExtra: it is not installed.
    """
    if find_spec(module) is None:
        raise MissingExtra(
            f"{purpose} needs packages that are not installed: pip install 'crossmodal[{extra}]'"
        )


def one_line(error: Exception | str) -> str:
    """What an error of another library says, without line breaks and control characters."""
    words = " ".join(str(error).split())
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in words)
    return shown or type(error).__name__


def explain_failure(error: OSError | MemoryError) -> str:
    """What the machine could not do and what to do about it, in one line."""
    if isinstance(error, MemoryError):
        return "not enough memory; end other programs, or take a machine with more"
    place = f"{error.filename}: " if error.filename is not None else ""
    reason = error.strerror or str(error) or type(error).__name__
    advice = ADVICE.get(error.errno or 0)
    return f"{place}{reason}" + (f"; {advice}" if advice else "")

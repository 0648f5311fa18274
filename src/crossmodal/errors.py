"""Errors that a person can act on: shown as one line, without a traceback."""


class UserError(Exception):
    """Something outside the code is wrong; the message says what to do about it."""

    exit_code = 1


class ParameterError(UserError):
    """A parameter has a wrong name, type or value."""

    exit_code = 2


class DataError(UserError):
    """An input file is missing, damaged or disagrees with another one."""


def one_line(error: Exception | str) -> str:
    """What an error of another library says, without line breaks."""
    return " ".join(str(error).split()) or type(error).__name__

"""What a person gives on the command line: words or files."""

import os
import re
from pathlib import Path

from crossmodal.errors import DataError, ParameterError
from crossmodal.inference.description import shorten
from crossmodal.inference.mapping.words import EXAMPLES
from crossmodal.inference.sources import PICTURES, SOUNDS, Content, is_picture, read_source

ALLOWED = (
    f"allowed: words such as {EXAMPLES['double']}, or {EXAMPLES['colored']}; one picture "
    f"({', '.join(PICTURES)}); or recordings ({', '.join(SOUNDS)})"
)


def read_arguments(arguments: list[str]) -> Content:
    """The content of words or files, as `crossmodal.inference` takes them.

    Raises:
        ParameterError: words and files together, or files of a kind that cannot be used.
        DataError: a file is missing, damaged or too large.
    """
    files = [looks_like_file(argument) for argument in arguments]
    if not any(files):
        return " ".join(arguments)
    if not all(files):
        raise ParameterError(f"words and files were given together; {ALLOWED}")
    paths = [Path(argument) for argument in arguments]
    sounds = all(path.suffix.lower() in SOUNDS for path in paths)
    if not (sounds or (len(paths) == 1 and is_picture(paths[0]))):
        raise ParameterError(f"{', '.join(map(shorten, arguments))} cannot be used; {ALLOWED}")
    for path in paths:
        check_file(path)
    return read_source(paths)[1]


def looks_like_file(argument: str) -> bool:
    """Whether it has a suffix or a folder in it; words have neither."""
    return os.sep in argument or re.search(r"\.\d?[A-Za-z]\w*$", argument) is not None


def check_file(path: Path) -> None:
    """Raises DataError where `path` is no file, a device for instance: reading might not end."""
    try:
        if path.is_file():
            return
        found = "missing" if not os.path.lexists(path) else "not a file"
    except (OSError, ValueError):
        found = "not a file name"
    raise DataError(f"{path} is {found}; {ALLOWED}")

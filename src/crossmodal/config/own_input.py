"""A file or folder of your own that a stage reads in place of what the project brings along.

DVC hashes it before each run, so a changed, added or removed file in it makes stale what reads it.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator

# An empty folder, because a dep of DVC has to be a path.
NOTHING = "data/own/none"
FOLDER = "data/own/"
# What stages make where nobody names a folder.
EMBEDDED = ("data/scenes", "data/sentences")


def check_place(value: Any) -> Any:
    """A path that DVC finds from every workspace; raises ValueError, which says what is allowed."""
    if not isinstance(value, str) and value is not None:
        return value  # of a wrong type, which is told as for every other setting
    place = Path(value or "")
    known = value in EMBEDDED or place.is_relative_to(FOLDER) or place.is_absolute()
    if not known or ".." in place.parts:
        raise ValueError(
            f"allowed: an absolute path, without ~ and .., or one below {FOLDER}; "
            f"{NOTHING} means nothing of your own"
        )
    return value


PLACE = BeforeValidator(check_place)
OwnInput = Annotated[str, PLACE]


def find_own(value: str) -> Path | None:
    """The path of what is named; None where that is nothing."""
    path = Path(value)
    return None if path == Path(NOTHING) else path


def is_own(path: str) -> bool:
    """Whether a dep is what a person named, and no stage makes it."""
    place = Path(path)
    own = place.is_absolute() or place.is_relative_to(FOLDER)
    return own and place != Path(NOTHING)

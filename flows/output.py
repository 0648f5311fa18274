"""Standard output that may be closed, full, or read by somebody who has seen enough."""

import os
import sys

from crossmodal.errors import UserError


def open_streams() -> None:
    """Open the standard streams that are closed: the next file would else take their numbers."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


def say(text: str) -> None:
    """Print a line at once; nothing happens where nobody reads it any more.

    Raises:
        UserError: it cannot be written for another reason, such as a full disk.
    """
    try:
        print(text, flush=True)
    except OSError as error:
        # What is buffered is written again at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())  # type: ignore[union-attr]
        if not isinstance(error, BrokenPipeError):
            raise UserError(f"cannot write to standard output: {error.strerror}") from None

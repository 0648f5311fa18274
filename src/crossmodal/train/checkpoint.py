"""Checkpoints from which a killed training goes on to the same weights."""

import hashlib
import io
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import torch

from crossmodal.errors import DataError, UserError, one_line
from crossmodal.files import atomic_path, check_file, remove

# In front of what torch saves; behind it stands the SHA-256 of that, which torch does not check.
MAGIC = b"crossmodal checkpoint 1\n"
DIGEST_SIZE = hashlib.sha256().digest_size


class Checkpoint:
    """One file with the last complete state of a training.

    The caller keys the file's name by everything that the result depends on: a checkpoint never
    meets other code, parameters or data than it was made with.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, state: dict[str, Any]) -> None:
        """Replace the last state, whole or not at all."""
        buffer = io.BytesIO()
        torch.save(state, buffer)
        content = buffer.getbuffer()
        with atomic_path(self.path) as temporary, temporary.open("wb") as file:
            file.write(MAGIC + hashlib.sha256(content).digest())
            file.write(content)

    def load(self) -> dict[str, Any] | None:
        """The last state, or None where there is none.

        One that cannot be read is set aside under another name, with a line on standard error.

        Raises:
            UserError: it can neither be read nor set aside.
        """
        if not os.path.lexists(self.path):
            return None
        try:
            return self.read()
        except DataError as error:
            aside = self.path.with_name(f"unreadable-{self.path.name}")
            try:
                remove(aside)
                self.path.rename(aside)
            except FileNotFoundError:
                return None  # another process of the same training was first
            except OSError as failure:
                reason = one_line(failure)
                raise UserError(f"{error}; nor can it be set aside: {reason}; delete it") from None
            print(f"{error}; kept as {aside.name}, the training starts anew", file=sys.stderr)
            return None

    def read(self) -> dict[str, Any]:
        """The state in the file.

        Raises:
            DataError: it is damaged, is no checkpoint, or cannot be read.
        """
        check_file(self.path)
        try:
            with self.path.open("rb") as file:
                if file.read(len(MAGIC)) != MAGIC:
                    raise DataError(f"{self.path} is no checkpoint")
                digest, content = file.read(DIGEST_SIZE), file.read()
            if hashlib.sha256(content).digest() != digest:
                raise DataError(f"{self.path} is damaged")
            return torch.load(io.BytesIO(content), weights_only=True, map_location="cpu")
        except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
            raise DataError(f"{self.path} cannot be read: {one_line(error)}") from None

    def remove(self) -> None:
        """Forget the state: the training is complete."""
        remove(self.path)

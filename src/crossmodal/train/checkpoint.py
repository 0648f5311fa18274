"""Checkpoints from which a killed training goes on to the same weights."""

import pickle
from pathlib import Path
from typing import Any

import torch

from crossmodal.files import atomic_path, remove


class Checkpoint:
    """One file with the last complete state of a training.

    The caller keys the file's name by everything that the result depends on: a checkpoint never
    meets other code, parameters or data than it was made with.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, state: dict[str, Any]) -> None:
        """Replace the last state, whole or not at all."""
        with atomic_path(self.path) as temporary:
            torch.save(state, temporary)

    def load(self) -> dict[str, Any] | None:
        """The last state, or None where there is none or it cannot be read."""
        try:
            state: dict[str, Any] = torch.load(self.path, weights_only=True, map_location="cpu")
        except (OSError, RuntimeError, EOFError, pickle.UnpicklingError):
            return None
        return state

    def remove(self) -> None:
        """Forget the state: the training is complete."""
        remove(self.path)

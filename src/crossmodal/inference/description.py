"""What `model.json` of a bundle says, checked; needs neither torch nor the weights.

A bundle is a folder with `model.json`, `weights.safetensors` and `README.md`. `model.json` holds
the checksum of the weights and one of itself, so that no damage to either goes unseen.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossmodal.errors import DataError
from crossmodal.files import read_json

FORMAT = 1
DESCRIPTION, WEIGHTS, CARD = "model.json", "weights.safetensors", "README.md"
MAX_BYTES = 4 * 2**20


@dataclass(frozen=True)
class Description:
    """What `model.json` at `path` says; `values` is all of it.

    The properties are what all families share; each raises DataError where it is missing.
    """

    path: Path
    values: dict[str, Any]

    @property
    def family(self) -> str:
        """Which kind of model this is: how to load it and what it can do."""
        return self.text("family")

    @property
    def name(self) -> str:
        """For instance double-conv_vae."""
        return self.text("name")

    @property
    def dataset(self) -> str:
        """For instance double."""
        return self.text("dataset")

    @property
    def sha256(self) -> str:
        """The checksum of the weights, in hexadecimal digits."""
        return self.text("sha256")

    @property
    def metrics(self) -> dict[str, Any]:
        """What was measured after training: modality -> measure -> value."""
        metrics: dict[str, Any] = self.take("metrics", lambda x: isinstance(x, dict), "a mapping")
        return metrics

    @property
    def data(self) -> list[dict[str, str]]:
        """What it was trained on: name, use, licence, source."""
        data: list[dict[str, str]] = self.take("data", lambda x: isinstance(x, list), "a list")
        return data

    def take(self, key: str, valid: Callable[[Any], bool], allowed: str) -> Any:
        """The value at `key`, dots leading into mappings.

        Raises:
            DataError: it is missing or not `valid`; the message says what is `allowed`.
        """
        value: Any = self.values
        for part in key.split("."):
            if not isinstance(value, dict) or part not in value:
                raise DataError(f"{self.path}: {key} is missing; allowed: {allowed}")
            value = value[part]
        if not valid(value):
            raise DataError(f"{self.path}: {key} = {shorten(value)}; allowed: {allowed}")
        return value

    def integer(self, key: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`; raises DataError."""
        allowed = f"a whole number from {low} to {high}"
        return int(self.take(key, lambda x: type(x) is int and low <= x <= high, allowed))

    def number(self, key: str, low: float, high: float) -> float:
        """A number from `low` to `high`; raises DataError."""
        allowed = f"a number from {low} to {high}"
        number: float = self.take(
            key, lambda x: type(x) in (int, float) and low <= x <= high, allowed
        )
        return number

    def text(self, key: str) -> str:
        """A text that is not empty; raises DataError."""
        return str(self.take(key, lambda x: isinstance(x, str) and x != "", "text"))


def read_description(folder: Path) -> Description:
    """Read and check `model.json` of the bundle in `folder`.

    Raises:
        DataError: missing, damaged, altered, or of another format.
    """
    path = folder / DESCRIPTION
    if path.exists() and not path.is_file():
        raise DataError(f"{path} is no file")
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise DataError(f"{path} is larger than {MAX_BYTES} bytes, so it is no bundle's")
    try:
        values = read_json(path)
    except RecursionError:
        raise DataError(f"{path} cannot be read as JSON: too deep") from None
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        found = shorten(values.get("format")) if isinstance(values, dict) else "none"
        raise DataError(f"{path}: format {found}; this version reads format {FORMAT}")
    if values.get("self_sha256") != hash_values(values):
        raise DataError(f"{path} is damaged or altered: its checksum is wrong; export it again")
    return Description(path, values)


def hash_values(values: dict[str, Any]) -> str:
    """The SHA-256 of a description without its own checksum, whatever its layout in the file."""
    rest = {key: value for key, value in values.items() if key != "self_sha256"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def find_bundles(folder: Path) -> list[Path]:
    """The bundles directly inside `folder`, by name; none where there is no such folder."""
    return sorted(path.parent for path in folder.glob(f"*/{DESCRIPTION}"))


def shorten(value: Any) -> str:
    """A value for a message of one line."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

"""What `model.json` of a bundle says, checked; needs neither torch nor the weights.

A bundle is a folder with `model.json`, `weights.safetensors` and `README.md`. `model.json` holds
the sizes and checksums of the other two and a checksum of itself, so that no damage goes unseen.
Somebody else may have made it: nothing in it is believed before it is checked.
"""

import hashlib
import json
import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossmodal.errors import DataError, FormatError
from crossmodal.inference.regular_files import read_regular

FORMAT = 2
DESCRIPTION, WEIGHTS, CARD = "model.json", "weights.safetensors", "README.md"
# Bytes at most.
LARGEST = {DESCRIPTION: 4 * 2**20, WEIGHTS: 2**30, CARD: 2**20}
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"


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
        """For instance double-conv_vae: a name for a file too."""
        name: str = self.take("name", is_name, "up to 100 letters, digits, '.', '_', '-'")
        return name

    @property
    def dataset(self) -> str:
        """For instance double."""
        return self.text("dataset")

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        """The size and the checksum of each other file of the bundle: `bytes` and `sha256`."""
        allowed = f"bytes and sha256 of {WEIGHTS} and {CARD}"
        files: dict[str, dict[str, Any]] = self.take("files", are_files, allowed)
        return files

    @property
    def metrics(self) -> dict[str, Any]:
        """What was measured after training: modality -> measure -> value; empty for nothing."""
        if "metrics" not in self.values:
            return {}
        metrics: dict[str, Any] = self.take("metrics", lambda x: isinstance(x, dict), "a mapping")
        return metrics

    @property
    def data(self) -> list[dict[str, str]]:
        """What it was trained on: name, use, licence, source."""
        data: list[dict[str, str]] = self.take("data", lambda x: isinstance(x, list), "a list")
        return data

    def read(self, name: str) -> bytes:
        """The content of a listed file; raises DataError where it is not as listed."""
        path, listed = self.path.with_name(name), self.files[name]
        content = read_regular(path, listed["bytes"])
        if hashlib.sha256(content).hexdigest() != listed["sha256"]:
            raise DataError(f"{path} is damaged or altered: its checksum is wrong; export it again")
        return content

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
        DataError: missing, damaged or altered. FormatError: of another version's format.
    """
    path = folder / DESCRIPTION
    values = parse_json(read_regular(path, LARGEST[DESCRIPTION]), path)
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        found = values.get("format") if isinstance(values, dict) else None
        kind = FormatError if type(found) is int else DataError
        raise kind(
            f"{path}: format {shorten(found)}; this version reads format {FORMAT}: export the "
            "model again"
        )
    if values.get("self_sha256") != hash_values(values):
        raise DataError(f"{path} is damaged or altered: its checksum is wrong; export it again")
    known = Description(path, values)
    _ = known.name, known.files  # what every use of a bundle relies on
    return known


def list_files(contents: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    """What a description says of files with these contents."""
    return {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }


def is_name(value: Any) -> bool:
    """Whether `value` can be a model's name."""
    return isinstance(value, str) and re.fullmatch(NAME, value) is not None


def are_files(value: Any) -> bool:
    """Whether `value` lists the weights and the card, and nothing else."""
    return (
        isinstance(value, dict)
        and value.keys() == {WEIGHTS, CARD}
        and all(
            isinstance(file, dict)
            and file.keys() == {"bytes", "sha256"}
            and type(file["bytes"]) is int
            and 0 <= file["bytes"] <= LARGEST[name]
            and isinstance(file["sha256"], str)
            for name, file in value.items()
        )
    )


def parse_json(content: bytes, path: Path) -> Any:
    """JSON of one meaning: no key twice in a mapping, numbers that are finite.

    Raises:
        DataError: it is none; the message names `path`.
    """
    try:
        return json.loads(
            content.decode(),
            object_pairs_hook=make_mapping,
            parse_float=parse_finite,
            parse_constant=parse_finite,
        )
    except (ValueError, RecursionError) as error:
        reason = "too deep" if isinstance(error, RecursionError) else error
        raise DataError(f"{path} cannot be read as JSON: {reason}") from None


def make_mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as a mapping; raises ValueError where a key comes twice."""
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise ValueError("a key comes twice")
    return mapping


def parse_finite(text: str) -> float:
    """A number; raises ValueError for NaN and what is too large."""
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text[:20]} is no number")
    return number


def hash_values(values: dict[str, Any]) -> str:
    """The SHA-256 of a description without its own checksum, whatever its layout in the file."""
    rest = {key: value for key, value in values.items() if key != "self_sha256"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def find_bundles(folder: Path) -> list[Path]:
    """The bundles in `folder` or in a folder there, by name; none where there is no such folder."""
    found: list[Path] = []
    for inner in list_folders(folder):
        found += [inner] if is_bundle(inner) else filter(is_bundle, list_folders(inner))
    return found


def list_folders(folder: Path) -> list[Path]:
    """The folders in `folder` but hidden ones, by name; none where it is none or cannot be read."""
    try:
        return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    except (OSError, ValueError):
        return []


def is_bundle(folder: Path) -> bool:
    """Whether there is anything in the place of a description: even a link to nowhere counts."""
    return os.path.lexists(folder / DESCRIPTION)


def shorten(value: Any) -> str:
    """A value for a message of one line."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

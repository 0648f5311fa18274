"""Where a bundle comes from: a folder, an archive on this machine, or an archive at an address.

An archive is unpacked once, into a cache folder, under the SHA-256 that it has. One from an address
must have the SHA-256 that the address ends in, written as pip writes it:

    https://example.org/double-conv_vae.tar.gz#sha256=<64 hexadecimal digits>
"""

import fcntl
import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from crossmodal.errors import DataError, ParameterError
from crossmodal.files import atomic_path, check_file
from crossmodal.inference.archives import LARGEST_ARCHIVE, SUFFIX, unpack
from crossmodal.inference.description import CARD, WEIGHTS, read_description

PIN = "#sha256="


def is_packed(place: str) -> bool:
    """Whether it is an archive's path or an address, rather than a model's name or folder."""
    return is_address(place) or place.partition(PIN)[0].endswith(SUFFIX)


def is_address(place: str) -> bool:
    """Whether it is to be fetched."""
    return place.lower().startswith(("http://", "https://"))


def open_place(place: str) -> Path:
    """The folder of the bundle at `place`; of an archive, where it was unpacked.

    Raises:
        ParameterError: an address that cannot be used or has no checksum, or a wrong checksum.
        DataError: the archive is missing, cannot be fetched, is not the one of the checksum, is
            damaged, or holds no bundle.
        OSError: the cache folder cannot be written to.
    """
    if not is_packed(place):
        return Path(place)
    file, wanted = split_checksum(place)
    if wanted and is_sound(kept := find_cache() / wanted):
        return kept
    if not is_address(file):
        check_file(Path(file), LARGEST_ARCHIVE)
        with Path(file).open("rb") as archive:
            return keep(archive, file, wanted)
    # Only here is the network needed.
    from crossmodal.inference.downloads import download

    find_cache().mkdir(parents=True, exist_ok=True)
    # It has no name, so that nothing is left of it however this ends.
    with tempfile.TemporaryFile(dir=find_cache()) as archive:
        for chunk in download(file, LARGEST_ARCHIVE):
            archive.write(chunk)
        return keep(archive, file, wanted)


def split_checksum(place: str) -> tuple[str, str]:
    """What an archive is called without its checksum, and the checksum; "" where none is given.

    Raises:
        ParameterError: it is none, or is missing where an address needs it.
    """
    file, pin, digits = place.partition(PIN)
    if pin and not re.fullmatch("[0-9A-Fa-f]{64}", digits):
        raise ParameterError(f"{digits[:80]!r} is no SHA-256; allowed: 64 hexadecimal digits")
    if is_address(place) and not pin:
        raise ParameterError(
            f"{place} has no checksum; allowed: an address that ends in {PIN} and the SHA-256 of "
            "the archive, which whoever made it tells (SHA256SUMS)"
        )
    return file, digits.lower()


def find_cache() -> Path:
    """Where unpacked bundles are kept: below CROSSMODAL_CACHE, or the system's own place for it.

    Raises:
        ParameterError: neither is known.
    """
    given = os.environ.get("CROSSMODAL_CACHE")
    if given:
        return Path(given) / "bundles"
    try:
        home = Path.home()
    except RuntimeError:
        raise ParameterError("no home folder; set CROSSMODAL_CACHE to a folder") from None
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "crossmodal" / "bundles"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "crossmodal" / "bundles"


def keep(archive: IO[bytes], file: str, wanted: str) -> Path:
    """Unpack an open archive into the cache, whole or not at all; returns where it is.

    Args:
        file: what messages call it. wanted: its checksum; "" for any.

    Raises:
        DataError: it has another checksum, is damaged, or holds no bundle.
        OSError: the cache folder cannot be written to.
    """
    archive.seek(0)
    found = hashlib.file_digest(archive, "sha256").hexdigest()  # type: ignore[arg-type]
    if wanted not in ("", found):
        raise DataError(f"{file} has SHA-256 {found} instead of {wanted}: it is not what is wanted")
    folder = find_cache() / found
    with alone(folder.parent):
        if is_sound(folder):
            return folder
        archive.seek(0)
        contents = unpack(archive, file)
        with atomic_path(folder) as temporary:
            temporary.mkdir()
            for name, content in contents.items():
                (temporary / name).write_bytes(content)
            try:
                check(temporary)
            except DataError as error:
                raise DataError(f"in {file}: {error}".replace(f"{temporary}/", "")) from None
    return folder


def check(folder: Path) -> None:
    """Raises DataError where the bundle in `folder` is not whole."""
    known = read_description(folder)
    for name in (WEIGHTS, CARD):
        known.read(name)


def is_sound(folder: Path) -> bool:
    """Whether there is a whole bundle in `folder`."""
    try:
        check(folder)
    except DataError:
        return False
    return True


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder, made where there is none, for this process; others wait for its end."""
    folder.mkdir(parents=True, exist_ok=True)
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)

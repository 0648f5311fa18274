"""Pack the exported models to hand them on: an archive of each, and SHA256SUMS, in data/release.

The same models give the same bytes. `crossmodal` loads such an archive from a path, or from an
address that ends in `#sha256=` and the archive's line of SHA256SUMS.
"""

import hashlib
from pathlib import Path

from crossmodal.errors import DataError
from crossmodal.files import atomic_path
from crossmodal.inference import load
from crossmodal.inference.archives import SUFFIX, pack
from crossmodal.inference.bundles import read_models
from pipeline.failures import reported
from pipeline.progress import show_progress

BUNDLES = Path("data/bundles")
RELEASE = Path("data/release")
SUMS = "SHA256SUMS"


def main() -> None:
    """Pack what `crossmodal models` lists."""
    count = release(BUNDLES, RELEASE)
    print(f"Written: {RELEASE} (archives of {count} models, {SUMS})")


def release(bundles: Path, target: Path) -> int:
    """Write `target` anew, whole or not at all; returns how many models are in it.

    Raises:
        ParameterError: there are no models. DataError: one cannot be used, or two have one name.
    """
    models = read_models(bundles)
    for error in models.damaged.values():
        raise error
    for label, known in models.known.items():
        if label != known.name:
            raise DataError(f"{bundles} has two models called {known.name}; remove one of them")
    with atomic_path(target) as folder:
        folder.mkdir()
        sums = ""
        for name, known in show_progress(models.known.items(), len(models.known), "model"):
            load(known.path.parent)  # refuses what cannot be used
            packed = pack(known)
            (folder / f"{name}{SUFFIX}").write_bytes(packed)
            sums += f"{hashlib.sha256(packed).hexdigest()}  {name}{SUFFIX}\n"
        (folder / SUMS).write_text(sums, encoding="utf-8")
    return len(models.known)


if __name__ == "__main__":
    with reported("release"):
        main()

"""Loading: from where a bundle is to the model of its family."""

from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from crossmodal.errors import DataError
from crossmodal.inference.description import shorten
from crossmodal.inference.model import Model
from crossmodal.inference.places import open_place

if TYPE_CHECKING:
    from crossmodal.inference.bundle import Bundle

# By name: the code of a family is loaded, and stages depend on it, only where it is used.
FAMILIES = {
    "embedding-mapping": "crossmodal.inference.mapping.embedding_mapping:EmbeddingMapping",
    "direct": "crossmodal.inference.mapping.direct:Direct",
    "skip-modal": "crossmodal.inference.skipmodal.model:SkipModalModel",
}


def load(place: Path | str) -> Model:
    """The model of a bundle, checked as a whole.

    Args:
        place: the bundle's folder, its archive (.tar.gz), or such an archive's address, http or
            https, with `#sha256=` and its checksum at the end.

    Raises:
        ParameterError: an address without checksum. DataError: missing, damaged, altered, or of an
            unknown format or family. OSError: an archive cannot be unpacked into the cache folder.
    """
    # Only here is torch needed.
    from crossmodal.inference.bundle import read_bundle

    return build_model(read_bundle(open_place(str(place))))


def build_model(bundle: "Bundle") -> Model:
    """The model of a bundle's family; raises DataError."""
    known = bundle.description
    if known.family not in FAMILIES:
        names = ", ".join(FAMILIES)
        raise DataError(f"{known.path}: family {shorten(known.family)}; this version has {names}")
    model: Model = resolve_name(FAMILIES[known.family])(bundle)
    return model

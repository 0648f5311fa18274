"""Loading: from a bundle's folder to the model of its family."""

from pathlib import Path
from typing import TYPE_CHECKING

from crossmodal.errors import DataError
from crossmodal.inference.description import shorten
from crossmodal.inference.model import Model

if TYPE_CHECKING:
    from crossmodal.inference.bundle import Bundle


def load(folder: Path | str) -> Model:
    """The model in a bundle's folder, checked as a whole.

    Raises:
        DataError: missing, damaged, altered, or of an unknown format or family.
    """
    # Only here is torch needed.
    from crossmodal.inference.bundle import read_bundle

    return build_model(read_bundle(Path(folder)))


def build_model(bundle: "Bundle") -> Model:
    """The model of a bundle's family; raises DataError."""
    from crossmodal.inference.direct import Direct
    from crossmodal.inference.embedding_mapping import EmbeddingMapping

    families = {family.family: family for family in (EmbeddingMapping, Direct)}
    known = bundle.description
    if known.family not in families:
        names = ", ".join(families)
        raise DataError(f"{known.path}: family {shorten(known.family)}; this version has {names}")
    return families[known.family](bundle)

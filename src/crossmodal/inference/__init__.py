"""Trained models for people: load a bundle, generate one modality from another, search.

    from pathlib import Path
    from crossmodal.inference import load

    model = load("data/bundles/double-conv_vae")
    model.generate("seven five", to="image").save("75.png")
    model.generate(Path("75.png"), to="speech").save("75.wav")
    model.retrieve("seven five", count=5)

Importing this package does not load torch; `load` does.
"""

from crossmodal.inference.description import Description, find_bundles, read_description
from crossmodal.inference.loading import load
from crossmodal.inference.model import Model
from crossmodal.inference.recordings import Recording
from crossmodal.inference.results import Item, Result
from crossmodal.inference.sources import Modality, Source

__all__ = [
    "Description",
    "Item",
    "Modality",
    "Model",
    "Recording",
    "Result",
    "Source",
    "find_bundles",
    "load",
    "read_description",
]

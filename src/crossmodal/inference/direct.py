"""The baseline of paper A as a model for people: pictures from words and from speech."""

import torch

from crossmodal.errors import ParameterError
from crossmodal.inference.bundle import Bundle, Sizes, sizes_of
from crossmodal.inference.description import Description
from crossmodal.inference.digits import WORD_MODALITIES, DigitModel
from crossmodal.inference.results import Item, Result
from crossmodal.inference.sources import Modality, Source, read_source
from crossmodal.models.direct import DirectGenerator


class Direct(DigitModel):
    """One generator for each modality; no way back and no latent space."""

    family = "direct"
    directions = (("text", "image"), ("speech", "image"))

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.generators = self.build_generators(bundle.description)
        for name, generator in self.generators.items():
            bundle.fill(f"direct.{name}", generator)

    def build_generators(self, known: Description) -> dict[str, DirectGenerator]:
        """New networks of the described sizes."""
        channels = known.integer("network.channels", 1, 4096)
        return {
            name: DirectGenerator(self.word_count * self.word_sizes[name], self.shape, channels)
            for name in WORD_MODALITIES
        }

    def network_tensors(self, known: Description) -> Sizes:
        """The two generators."""
        with torch.device("meta"):
            networks = self.build_generators(known)
        parts = [sizes_of(f"direct.{name}", network) for name, network in networks.items()]
        return {name: size for part in parts for name, size in part.items()}

    @torch.inference_mode()
    def generate(self, source: Source, to: Modality, *, as_heard: bool = True) -> Result:
        """As `Model.generate` says."""
        modality, content = read_source(source)
        self.check_direction(modality, to)
        query = self.understand(modality, content, as_heard)
        return self.show(query, modality, self.generators[modality].generate(query.vector))

    def retrieve(self, source: Source, count: int = 5, *, as_heard: bool = True) -> list[Item]:
        """Raises ParameterError: there is no latent space to search in."""
        name = self.description.name
        raise ParameterError(f"{name} has no common latent space to search in; take another model")

"""The baseline of paper A for people: pictures from words and from speech."""

import torch
from torch import nn

from crossmodal.errors import ParameterError
from crossmodal.inference.description import Description
from crossmodal.inference.mapping.digits import DigitModel
from crossmodal.inference.model import DIRECTIONS
from crossmodal.inference.results import Item, Result
from crossmodal.inference.sources import Modality, Source, read_source
from crossmodal.models.mapping.direct import DirectGenerator


class Direct(DigitModel):
    """One generator for each modality; no way back and no latent space."""

    family = "direct"
    directions = DIRECTIONS[family]

    def build_networks(self, known: Description) -> dict[str, nn.Module]:
        """A generator a modality."""
        channels = known.integer("network.channels", 2, 4096)
        return {
            f"direct.{name}": DirectGenerator(self.word_count * size, self.shape, channels)
            for name, size in self.word_sizes.items()
        }

    @torch.inference_mode()
    def generate(self, source: Source, to: Modality, *, as_heard: bool = True) -> Result:
        """As `Model.generate` says."""
        modality, content = read_source(source)
        self.check_direction(modality, to)
        query = self.understand(modality, content, as_heard)
        image = torch.sigmoid(self.networks[f"direct.{modality}"](query.vector))
        return self.show(query, modality, image)

    def retrieve(self, source: Source, count: int = 5, *, as_heard: bool = True) -> list[Item]:
        """Raises ParameterError: there is no latent space to search in."""
        name = self.description.name
        raise ParameterError(f"{name} has no common latent space to search in; take another model")

"""The mapping between image embeddings and text or speech embeddings (paper A, section 3).

Legend: B batch, D image embedding size (and latent size), E text or speech embedding size, K
classes.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.models.weights import load_weights, read_description


@dataclass(frozen=True)
class MappingLosses:
    """The terms of equation 2, squared error summed over dimensions, weighted mean over B."""

    latent_distance: Tensor  # L1
    image_reconstruction: Tensor  # L2
    source_reconstruction: Tensor  # L3

    def total(self) -> Tensor:
        """What is minimised."""
        return self.latent_distance + self.image_reconstruction + self.source_reconstruction


class Mapping(nn.Module):
    """Two auto-encoders with one latent space (figure 1; supplement A.2).

    The image side is normalisation, f(a) = (a - mu) / sigma, and its inverse. The text or speech
    side is E -> 256 -> D and D -> 256 -> E with ReLU on the hidden layers.

    captioner: ours, None without: a second decoder D -> hidden -> E, which learns from the latents
        of images, where the paper's meets only those of text or speech.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, image_size: int, source_size: int, hidden_size: int, captioner_size: int = 0
    ) -> None:
        """`captioner_size`: hidden size of the captioner; 0: there is none."""
        super().__init__()
        self.register_buffer("mean", torch.zeros(image_size))
        self.register_buffer("deviation", torch.ones(image_size))
        self.encoder = dense(source_size, hidden_size, image_size)
        self.decoder = dense(image_size, hidden_size, source_size)
        self.captioner: nn.Sequential | None = None
        if captioner_size:  # last, so that the paper's networks begin alike with and without it
            self.captioner = dense(image_size, captioner_size, source_size)

    def set_statistics(self, mean: Tensor, deviation: Tensor) -> None:
        """mu and sigma [D] of the training images; a dimension that never varies stays put."""
        self.mean.copy_(mean)
        self.deviation.copy_(torch.where(deviation > 0, deviation, 1.0))

    def image_to_latent(self, images: Tensor) -> Tensor:
        """f_X: image embeddings [B, D] -> latents [B, D]."""
        return (images - self.mean) / self.deviation

    def latent_to_image(self, latents: Tensor) -> Tensor:
        """f'_X: latents [B, D] -> image embeddings [B, D]."""
        return latents * self.deviation + self.mean

    def source_to_image(self, sources: Tensor) -> Tensor:
        """Generation: text or speech [B, E] -> image embeddings [B, D] (section 3.2)."""
        return self.latent_to_image(self.encoder(sources))

    def image_to_source(self, images: Tensor) -> Tensor:
        """Captioning: image embeddings [B, D] -> text or speech [B, E] (section 3.2)."""
        return self.decoder(self.image_to_latent(images))

    def caption(self, latents: Tensor) -> Tensor:
        """By the captioner, which must be there: latents of images [B, D] -> [B, E]."""
        assert self.captioner is not None
        return self.captioner(latents)

    def caption_loss(
        self, latents: Tensor, wanted: Tensor, sources: Tensor, weights: Tensor
    ) -> Tensor:
        """How unsure the captions leave which class is nearest to them; weighted mean over B.

        Cross-entropy over the classes that were trained on, with minus the squared distance to
        each as its score. Classes that no image shows do not compete, so nothing is learnt
        against combinations that are held out.

        Args:
            latents: of images, [B, D].
            wanted: [B], the class of each as a row of `sources`.
            sources: text or speech embeddings of the classes trained on, [K, E].
            weights: [B], the share of each image; they add up to 1.
        """
        # Less |caption|^2, which is the same for all classes.
        scores = 2 * self.caption(latents) @ sources.T - sources.square().sum(1)
        return F.cross_entropy(scores, wanted, reduction="none") @ weights

    def losses(self, images: Tensor, sources: Tensor, weights: Tensor) -> MappingLosses:
        """Equation 2 for pairs of image [B, D] and text or speech [B, E] embeddings.

        With normalisation on the image side L2 is zero but for rounding, whatever the weights
        of the network; it stands here because the paper has it.

        Args:
            weights: [B], the share of each pair; they add up to 1.
        """
        latents_x, latents_y = self.image_to_latent(images), self.encoder(sources)
        return MappingLosses(
            squared_error(latents_x, latents_y, weights),
            squared_error(images, self.latent_to_image(latents_x), weights),
            squared_error(sources, self.decoder(latents_y), weights),
        )


def dense(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """One hidden layer with ReLU, linear output."""
    return nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, outputs))


def squared_error(target: Tensor, prediction: Tensor, weights: Tensor) -> Tensor:
    """sum_i w_i |target_i - prediction_i|^2 for rows i."""
    return F.mse_loss(prediction, target, reduction="none").sum(1) @ weights


def load_mapping(path: Path) -> Mapping:
    """Build the mapping that `save_weights` wrote to `path`, ready for evaluation.

    Raises:
        DataError: its files are missing or damaged.
    """
    mapping = Mapping(*read_description(path)["sizes"])
    load_weights(path, mapping)
    return mapping

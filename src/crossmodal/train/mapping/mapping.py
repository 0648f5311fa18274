"""Training of the mapping on class means (paper A, equation 2), of its captioner on images."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from crossmodal.compute import Runtime
from crossmodal.config.mapping.mappings import TrainCaptioner, TrainMapping
from crossmodal.embed.mapping.table import Vectors
from crossmodal.models.mapping.mapping import Mapping
from crossmodal.train.mapping.class_means import ClassMeans, fit


def train_mapping(
    images: ClassMeans,
    statistics: tuple[Vectors, Vectors],
    sources: Vectors,
    config: TrainMapping,
    seed: int,
    runtime: Runtime,
) -> tuple[Mapping, float]:
    """Train one mapping, but for its captioner; returns it with its last loss.

    Args:
        images: mean image embedding of every training class, [K, D].
        statistics: mu and sigma [D] of the training images' embeddings.
        sources: text or speech embedding of every class, trained or not, [all classes, E].
    """
    torch.manual_seed(seed)
    hidden = (config.hidden_size, config.captioner.hidden_size)
    mapping = Mapping(images.means.shape[1], sources.shape[1], *hidden)
    mapping.set_statistics(*map(torch.from_numpy, statistics))
    mapping.to(runtime.device)
    rows = torch.from_numpy(sources)[images.classes].to(runtime.device)
    means, weights = images.means.to(runtime.device), images.weights.to(runtime.device)

    def loss(batch: Tensor, share: Tensor) -> Tensor:
        return mapping.losses(means[batch], rows[batch], share).total()

    last = fit(mapping, loss, weights, config, seed, runtime)
    return mapping.eval(), last


def train_captioner(
    mapping: Mapping,
    images: tuple[NDArray[Any], Vectors],
    sources: Vectors,
    config: TrainCaptioner,
    seed: int,
    runtime: Runtime,
) -> float:
    """Train the captioner of a trained mapping, the rest of which stays; returns the last loss.

    Args:
        images: classes [N] and embeddings [N, D] of all training images.
        sources: text or speech embedding of every class, trained or not, [all classes, E].
    """
    assert mapping.captioner is not None
    trained, rows = np.unique(images[0], return_inverse=True)
    wanted = torch.from_numpy(rows).to(runtime.device)
    known = torch.from_numpy(sources[trained]).to(runtime.device)
    latents = mapping.image_to_latent(torch.from_numpy(images[1]).to(runtime.device))

    def loss(batch: Tensor, share: Tensor) -> Tensor:
        return mapping.caption_loss(latents[batch], wanted[batch], known, share)

    weights = torch.full((len(rows),), 1 / len(rows), device=runtime.device)
    return fit(mapping.captioner, loss, weights, config, seed, runtime, decay=True)

"""Training of the mapping on class means (paper A, equation 2)."""

import torch
from torch import Tensor

from crossmodal.compute import Runtime
from crossmodal.config.mapping.mappings import TrainMapping
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
    """Train one mapping; returns it with its last loss.

    Args:
        images: mean image embedding of every training class, [K, D].
        statistics: mu and sigma [D] of the training images' embeddings.
        sources: text or speech embedding of every class, trained or not, [all classes, E].
    """
    torch.manual_seed(seed)
    mapping = Mapping(images.means.shape[1], sources.shape[1], config.hidden_size)
    mapping.set_statistics(*map(torch.from_numpy, statistics))
    mapping.to(runtime.device)
    rows = torch.from_numpy(sources)[images.classes].to(runtime.device)
    means, weights = images.means.to(runtime.device), images.weights.to(runtime.device)

    def loss(batch: Tensor, share: Tensor) -> Tensor:
        return mapping.losses(means[batch], rows[batch], share).total()

    last = fit(mapping, loss, weights, config, seed, runtime)
    return mapping.eval(), last

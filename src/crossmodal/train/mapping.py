"""Training of the mapping on class means (paper A, equation 2)."""

import torch

from crossmodal.config.training import TrainMapping
from crossmodal.embed.table import Vectors
from crossmodal.models.mapping import Mapping
from crossmodal.train.class_means import ClassMeans, draw_batches
from crossmodal.train.compute import Runtime


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
    optimizer = torch.optim.Adam(mapping.parameters(), lr=config.learning_rate, fused=True)
    batches = draw_batches(len(rows), config.batch_size, torch.Generator().manual_seed(seed))
    for _, batch in zip(range(config.steps), batches, strict=False):
        share = weights[batch] / weights[batch].sum()
        optimizer.zero_grad()
        with runtime.autocast():
            loss = mapping.losses(means[batch], rows[batch], share).total()
        loss.backward()
        optimizer.step()
    return mapping.eval(), loss.item()

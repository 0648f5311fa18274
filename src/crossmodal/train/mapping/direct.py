"""Training of the baseline from embeddings to pixels, on class means (paper A, section 4)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from crossmodal.compute import Runtime
from crossmodal.config.mapping.mappings import TrainDirect
from crossmodal.embed.mapping.table import Vectors
from crossmodal.models.mapping.direct import DirectGenerator
from crossmodal.train.mapping.class_means import ClassMeans, fit


def train_direct(
    images: ClassMeans,
    image_shape: tuple[int, int, int],
    sources: Vectors,
    config: TrainDirect,
    seed: int,
    runtime: Runtime,
) -> tuple[DirectGenerator, float]:
    """Train one baseline; returns it with its last loss, nats a pixel.

    Args:
        images: mean image of every training class in [0, 1], [K, C * H * W].
        sources: text or speech embedding of every class, trained or not, [all classes, E].
    """
    torch.manual_seed(seed)
    network = DirectGenerator(sources.shape[1], image_shape, config.channels).to(runtime.device)
    rows = torch.from_numpy(sources)[images.classes].to(runtime.device)
    targets = images.means.unflatten(1, image_shape).to(runtime.device)
    weights = images.weights.to(runtime.device)

    def loss(batch: Tensor, share: Tensor) -> Tensor:
        logits = network(rows[batch])
        loss = F.binary_cross_entropy_with_logits(logits, targets[batch], reduction="none")
        return loss.mean((1, 2, 3)) @ share

    last = fit(network, loss, weights, config, seed, runtime)
    return network.eval(), last

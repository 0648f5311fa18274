"""Training of the baseline from embeddings to pixels, on class means (paper A, section 4)."""

import torch
import torch.nn.functional as F

from crossmodal.config.training import TrainDirect
from crossmodal.embed.table import Vectors
from crossmodal.models.direct import DirectGenerator
from crossmodal.train.class_means import ClassMeans, draw_batches
from crossmodal.train.compute import Runtime


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
    generator = DirectGenerator(sources.shape[1], image_shape, config.channels).to(runtime.device)
    rows = torch.from_numpy(sources)[images.classes].to(runtime.device)
    targets = images.means.unflatten(1, image_shape).to(runtime.device)
    weights = images.weights.to(runtime.device)
    optimizer = torch.optim.Adam(generator.parameters(), lr=config.learning_rate, fused=True)
    batches = draw_batches(len(rows), config.batch_size, torch.Generator().manual_seed(seed))
    for _, batch in zip(range(config.steps), batches, strict=False):
        share = weights[batch] / weights[batch].sum()
        optimizer.zero_grad()
        with runtime.autocast():
            logits = generator(rows[batch])
            loss = F.binary_cross_entropy_with_logits(logits, targets[batch], reduction="none")
            loss = loss.mean((1, 2, 3)) @ share
        loss.backward()
        optimizer.step()
    return generator.eval(), loss.item()

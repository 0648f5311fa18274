"""Image embeddings: what an auto-encoder's encoder makes of every image (section 3.1)."""

from collections.abc import Iterator
from typing import Any

import torch
from numpy.typing import NDArray

from crossmodal.data.shards import ShardReader
from crossmodal.embed.table import Vectors
from crossmodal.models.autoencoder import Autoencoder
from crossmodal.train.compute import Runtime


@torch.no_grad()
def embed_images(
    network: Autoencoder, reader: ShardReader, batch_size: int, runtime: Runtime
) -> Iterator[tuple[NDArray[Any], Vectors]]:
    """(classes [N], embeddings float32 [N, D]) of every block, in the manifest's order."""
    network.to(runtime.device).eval()
    for block in reader.read_all():
        batches = torch.from_numpy(block.images).split(batch_size)
        with runtime.autocast():
            parts = [network.encode(batch.to(runtime.device)).float().cpu() for batch in batches]
        yield block.classes, torch.cat(parts).numpy()

"""Image embeddings: what an encoder makes of every image (paper A, section 3.1)."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from crossmodal.compute import Runtime
from crossmodal.data.shards import ShardReader
from crossmodal.embed.mapping.table import Vectors


@torch.no_grad()
def embed_images(
    encode: Callable[[Tensor], Tensor], reader: ShardReader, batch_size: int, runtime: Runtime
) -> Iterator[tuple[NDArray[Any], Vectors]]:
    """(classes [N], embeddings float32 [N, D]) of every block, in the manifest's order.

    Args:
        encode: uint8 [B, C, H, W] -> embeddings [B, D], on the runtime's device.
    """
    for block in reader.read_all():
        batches = torch.from_numpy(block.images).split(batch_size)
        with runtime.autocast():
            parts = [encode(batch.to(runtime.device)).float().cpu() for batch in batches]
        yield block.classes, torch.cat(parts).numpy()

"""From images back to words or speech: nearest neighbour among all classes (section 3.2).

Legend: B images, D image embedding size, K classes, E text or speech embedding size.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from crossmodal.models.mapping.mapping import Mapping

# (mapping, image embeddings [B, D], embeddings of all classes [K, E]) -> distances [B, K]
Way = Callable[[Mapping, Tensor, Tensor], Tensor]


def by_embedding(mapping: Mapping, images: Tensor, sources: Tensor) -> Tensor:
    """From the text or speech embedding generated from each image: the paper's way."""
    return torch.cdist(mapping.image_to_source(images), sources)


def by_latent(mapping: Mapping, images: Tensor, sources: Tensor) -> Tensor:
    """In the common latent space, where no decoder stands in between: ours."""
    return torch.cdist(mapping.image_to_latent(images), mapping.encoder(sources))


def by_captioner(mapping: Mapping, images: Tensor, sources: Tensor) -> Tensor:
    """From what the captioner, which has learnt from images, makes of each image: ours."""
    return torch.cdist(mapping.caption(mapping.image_to_latent(images)), sources)


def list_ways(mapping: Mapping) -> dict[str, Way]:
    """The ways back that a mapping has, by the names of their measures; the best comes last."""
    ways: dict[str, Way] = {"retrieval": by_embedding, "latent_retrieval": by_latent}
    return ways if mapping.captioner is None else {**ways, "captioner_retrieval": by_captioner}


@torch.no_grad()
def retrieval_accuracy(
    way: Way, mapping: Mapping, images: Tensor, labels: Tensor, sources: Tensor
) -> float:
    """The share of images [B, D] whose class [B] is found among all classes [K, E]."""
    pairs = zip(images.split(4096), labels.split(4096), strict=True)
    right = sum(int((way(mapping, x, sources).argmin(1) == y).sum()) for x, y in pairs)
    return right / len(images)

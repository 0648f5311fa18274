"""From images back to words or speech: nearest neighbour among all classes (section 3.2).

Legend: B images, D image embedding size, K classes, E text or speech embedding size.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from crossmodal.models.mapping.mapping import Mapping

# (mapping, image embeddings [B, D], embeddings of all classes [K, E]) -> class index [B]
Finder = Callable[[Mapping, Tensor, Tensor], Tensor]


def find_by_embedding(mapping: Mapping, images: Tensor, sources: Tensor) -> Tensor:
    """The class nearest to the text or speech embedding generated from each image: the paper's."""
    return torch.cdist(mapping.image_to_source(images), sources).argmin(1)


def find_by_latent(mapping: Mapping, images: Tensor, sources: Tensor) -> Tensor:
    """The class nearest in the common latent space, where no decoder stands in between: ours."""
    return torch.cdist(mapping.image_to_latent(images), mapping.encoder(sources)).argmin(1)


FINDERS: dict[str, Finder] = {"retrieval": find_by_embedding, "latent_retrieval": find_by_latent}


@torch.no_grad()
def retrieval_accuracy(
    find: Finder, mapping: Mapping, images: Tensor, labels: Tensor, sources: Tensor
) -> float:
    """The share of images [B, D] whose class [B] is found among all classes [K, E]."""
    pairs = zip(images.split(4096), labels.split(4096), strict=True)
    right = sum(int((find(mapping, x, sources) == y).sum()) for x, y in pairs)
    return right / len(images)

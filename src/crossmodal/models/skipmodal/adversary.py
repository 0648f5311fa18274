"""The modality classifier C and the adversarial loss (paper B, equation 1).

Legend: B items, D size of z.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

Modality = Literal["image", "text", "speech"]
MODALITIES: tuple[Modality, ...] = get_args(Modality)
SOURCES: dict[str, Modality] = {
    "image": "image",
    "text_a": "text",
    "text_b": "text",
    "speech": "speech",
}


class ReverseGradient(torch.autograd.Function):
    """The identity, whose gradient is multiplied by -strength (Ganin and Lempitsky, 2015)."""

    @staticmethod
    def forward(context: Any, inputs: Tensor, strength: float) -> Tensor:
        """The inputs as they are."""
        context.strength = strength
        return inputs.view_as(inputs)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """The gradient reversed."""
        return -context.strength * gradients[0], None


@dataclass(frozen=True)
class AdversaryLosses:
    """Both sums of equation 1; each expectation is a mean over its items, in nats."""

    classifier: Tensor  # L_C
    transformer: Tensor  # L_T


class Adversary(nn.Module):
    """C tells the modalities apart; T makes image and speech look like text.

    | layer | output |
    | --- | --- |
    | input z | B, D |
    | dense, ReLU | B, hidden |
    | dense; softmax is part of the loss | B, 3: image, text, speech |

    Which gradient reaches what, as equation 1 leaves it open (its max over C of L_C would make C
    a bad classifier, and reversing all of L_C would drive text away from text):

    - L_C (C names the modality of all four sources): C descends it. The z of image and of speech
      get its gradient times -`reversal`; the z of texts get none.
    - L_T (image and speech taken for text): the z of image and of speech descend it, C gets none.

    From z both go on into T and the encoders of image and speech, none into the text encoder.
    """

    def __init__(self, size: int, hidden: int, reversal: float) -> None:
        super().__init__()
        self.reversal = reversal
        self.layers = nn.Sequential(
            nn.Linear(size, hidden), nn.ReLU(), nn.Linear(hidden, len(MODALITIES))
        )

    def forward(self, latents: Tensor) -> Tensor:
        """z [B, D] -> logits [B, 3] in the order of `MODALITIES`."""
        return self.layers(latents)

    def losses(self, latents: Mapping[str, Tensor]) -> AdversaryLosses:
        """Equation 1 for the z [B, D] of those of `SOURCES` that the step has."""
        named, taken = [], []
        fixed = {name: value.detach() for name, value in self.layers.named_parameters()}
        for source, values in latents.items():
            modality = SOURCES[source]
            if modality == "text":
                named.append(cross_entropy(self(values.detach()), modality))
                continue
            reverse: Tensor = ReverseGradient.apply(values, self.reversal)  # type: ignore[no-untyped-call]
            named.append(cross_entropy(self(reverse), modality))
            taken.append(cross_entropy(functional_call(self.layers, fixed, (values,)), "text"))
        return AdversaryLosses(torch.stack(named).sum(), torch.stack(taken).sum())


def cross_entropy(logits: Tensor, modality: Modality) -> Tensor:
    """The mean of -log C(z) at one modality; logits [B, 3]."""
    return -F.log_softmax(logits.float(), dim=1)[:, MODALITIES.index(modality)].mean()

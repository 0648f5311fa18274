"""Muon: momentum whose update of every weight matrix is made orthogonal.

A few strong directions make up most of a matrix's gradient. Made orthogonal, an update moves all
directions alike, and a training takes fewer steps (Jordan et al., "Muon: An optimizer for hidden
layers in neural networks", https://kellerjordan.github.io/posts/muon, 2024). torch's own is for
matrices alone and in bfloat16, which most CPUs only imitate; this one is in float32, and takes a
convolution as the matrix of its outputs by all else.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

# Newton-Schulz: singular values in (0, 1] come near 1 after five steps, small ones soonest.
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
STEPS = 5
EPSILON = 1e-7
LARGEST_SIDE = 256  # of a matrix's shorter one: the cost grows with its square
SMALLEST_SIDE = 16  # fewer rows than this leave little to orthogonalise
MAPPING = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.GRU, nn.MultiheadAttention)
ADAM_RMS = 0.2  # of Adam's usual updates, in units of its learning rate


class Muon(torch.optim.Optimizer):
    """Stochastic gradient descent with Nesterov momentum and orthogonal updates.

    An update has the root mean square that Adam's would have, so the same learning rates mean
    about the same (Liu et al., https://arxiv.org/abs/2502.16982, section 2.2).
    """

    def __init__(
        self, parameters: Iterable[Tensor], learning_rate: float = 0.0, momentum: float = 0.95
    ) -> None:
        """Take parameters of two or more dimensions; the first one is a matrix's rows."""
        super().__init__(parameters, {"lr": learning_rate, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update all parameters that have a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                gradient = parameter.grad
                if gradient is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state["momentum"] = torch.zeros_like(gradient)
                mean = state["momentum"].lerp_(gradient, 1 - group["momentum"])
                update = orthogonalize(gradient.lerp(mean, group["momentum"]).flatten(1))
                length = ADAM_RMS * max(update.shape) ** 0.5
                parameter.add_(update.view_as(parameter), alpha=-group["lr"] * length)


def orthogonalize(matrix: Tensor) -> Tensor:
    """[R, C] to about U V^T of its singular value decomposition, by Newton-Schulz iteration.

    Singular values end between about 0.7 and 1.2, those below a thousandth of the largest lower.
    All iterations are of the product of the matrix with itself: the longer side takes part twice.
    """
    first, second, third = COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    wide = matrix.T if tall else matrix
    wide = wide / (wide.norm() + EPSILON)
    gram, made = wide @ wide.T, torch.eye(len(wide)).to(wide)
    for _ in range(STEPS):
        factor = torch.addmm(gram, gram, gram, beta=second, alpha=third)
        factor.diagonal().add_(first)
        made, gram = factor @ made, factor @ gram @ factor
    made = made @ wide
    return made.T if tall else made


def find_matrices(network: nn.Module) -> list[nn.Parameter]:
    """The weights that learn and map features to features, of a size that Muon is for.

    All gates of a GRU, and query, key and value of an attention, are one matrix, as torch keeps
    them. Lookup tables, learned queries, biases and normalisation are Adam's.
    """
    return [
        parameter
        for module in network.modules()
        if isinstance(module, MAPPING)
        for parameter in module.parameters(recurse=False)
        if parameter.requires_grad
        and parameter.dim() > 1
        and SMALLEST_SIDE <= min(parameter.flatten(1).shape) <= LARGEST_SIDE
    ]

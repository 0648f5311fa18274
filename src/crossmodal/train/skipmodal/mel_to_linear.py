"""Training of a network from mel to linear spectrograms, shared by all that generate mels.

Legend: B items, T frames, F linear frequency bins.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from crossmodal.config.skipmodal.post_net import TrainMelToLinear
from crossmodal.errors import DataError
from crossmodal.models.skipmodal.masking import masked_l1
from crossmodal.train.loop import Loop, TrainingSetup
from crossmodal.train.stream import Stream
from crossmodal.train.task import WeightedLosses

Spectrograms = Sequence[NDArray[np.float32]]


class LinearLoss(nn.Module):
    """Masked L1 between what a network makes of mels [B, T, 80] and the linear ones [B, T, F]."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: tuple[Tensor, Tensor, Tensor]) -> dict[str, Tensor]:
        """The one term, `linear`, of mels, linear spectrograms and frames [B]."""
        mels, linears, frames = batch
        return {"linear": masked_l1(self.network(mels, frames), linears, frames)}


def prepare_mel_to_linear(
    network: nn.Module,
    mels: Spectrograms,
    linears: Spectrograms,
    config: TrainMelToLinear,
    setup: TrainingSetup,
) -> Loop:
    """A training in one process, to be iterated over, from its checkpoint where there is one.

    Args:
        network: mels float32 [B, T, 80], frames int64 [B] -> linear spectrograms [B, T, F];
            trained in place.
        mels, linears: of every recording, [T, 80] and [T, F]; may be memory maps.

    Raises:
        DataError: the two disagree, or there are none.
    """
    frames = np.array([len(mel) for mel in mels], np.int64)
    if frames.tolist() != [len(linear) for linear in linears]:
        raise DataError("mel and linear spectrograms differ in number or length; make both again")
    size, bucket = config.batch_size, config.bucket_batches
    stream = Stream(len(frames), lambda epoch: frames, size, bucket, [setup.seed])

    def load(step: int) -> tuple[Tensor, Tensor, Tensor]:
        items, _ = stream.batch(step)
        batch = (pad(mels, items), pad(linears, items), torch.from_numpy(frames[items]))
        first, second, third = (part.to(setup.runtime.device) for part in batch)
        return first, second, third

    loss, weights, steps = LinearLoss(network), {"linear": 1.0}, config.running.steps
    task = WeightedLosses(loss, load, weights, config.optimization, steps, setup.runtime)
    return Loop(task, config.running, setup)


def pad(spectrograms: Spectrograms, items: NDArray[np.int64]) -> Tensor:
    """Some spectrograms side by side, silent behind their ends, float32 [B, T, bins]."""
    # Copied: a memory map may be read-only, which tensors cannot be.
    arrays = [np.array(spectrograms[item], np.float32) for item in items]
    return pad_sequence([torch.from_numpy(array) for array in arrays], batch_first=True)

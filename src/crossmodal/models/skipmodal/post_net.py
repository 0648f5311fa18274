"""The post-net from mel to linear spectrograms (paper B, appendix 6.3; Tacotron, section 3.3).

Legend: B items, T frames, M mel bands, N frequencies of a linear spectrogram.
"""

from pathlib import Path

from torch import Tensor, nn

from crossmodal.config.skipmodal.network import PostNet
from crossmodal.models.skipmodal.cbhg import CbhgNet
from crossmodal.models.skipmodal.masking import masked_l1
from crossmodal.models.weights import load_weights, read_description, save_weights


class MelToLinear(nn.Module):
    """CBHG and a dense layer; usable alone, trained on true mel spectrograms.

    | layer | output (paper) |
    | --- | --- |
    | input | B, T, M = 80 |
    | CBHG with K = 8, projections 256 and 80 | B, T, 256 |
    | dense | B, T, N = 1025 |
    """

    def __init__(self, sizes: PostNet, mels: int) -> None:
        super().__init__()
        self.sizes, self.mels = sizes, mels
        self.cbhg = CbhgNet(mels, sizes.cbhg)
        self.dense = nn.Linear(2 * sizes.cbhg.gru, sizes.bins)

    def forward(self, mels: Tensor, frames: Tensor) -> Tensor:
        """[B, T, M] with `frames` int64 [B] real ones -> [B, T, N], of no meaning at padding."""
        return self.dense(self.cbhg(mels, frames))

    def loss(self, mels: Tensor, frames: Tensor, linears: Tensor) -> Tensor:
        """L1 per number of a real frame; `linears` [B, T, N]."""
        return masked_l1(self(mels, frames), linears, frames)

    def save(self, path: Path) -> None:
        """Write weights and settings to `path`, for `load_mel_to_linear`."""
        settings = self.sizes.model_dump(mode="json")
        save_weights(path, self, {"post_net": settings, "mels": self.mels})


def load_mel_to_linear(path: Path) -> MelToLinear:
    """Build the net that `MelToLinear.save` wrote to `path`, ready for evaluation.

    Raises:
        DataError: its files are missing or damaged.
    """
    known = read_description(path)
    network = MelToLinear(PostNet.parse(known["post_net"], "post_net"), known["mels"])
    load_weights(path, network)
    return network

"""From mel spectrograms to sound: the shared post-net, then Griffin-Lim (paper B, section 3.3)."""

import numpy as np
import torch
from numpy.typing import NDArray

from crossmodal.data.skipmodal.spectrogram import SpectrogramMaker
from crossmodal.models.skipmodal.post_net import MelToLinear

Values = NDArray[np.float32]


class Voice:
    """Sound of mel spectrograms, one at a time, so that no clip depends on its neighbours."""

    def __init__(
        self, post_net: MelToLinear, maker: SpectrogramMaker, device: torch.device
    ) -> None:
        self.post_net, self.maker, self.device = post_net.to(device).eval(), maker, device

    @property
    def rate(self) -> int:
        """Samples a second."""
        return self.maker.config.sample_rate

    @torch.no_grad()
    def __call__(self, mel: Values) -> Values:
        """A mel spectrogram [T, mels] in [0, 1] -> samples float32 [N] in [-1, 1]."""
        frames = torch.tensor([len(mel)], device=self.device)
        linear = self.post_net(torch.from_numpy(mel)[None].to(self.device), frames)[0]
        levels = linear.float().clamp(0, 1).cpu().numpy()
        return self.maker.synthesize(self.maker.match_mel(levels, mel))

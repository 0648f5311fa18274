"""The image decoder of `ours`: each slot of u draws a patch at a place; the picture is their sum.

Legend: B items, S slots, D size of a slot, U units, K side of a patch, H side of the picture,
C channels and h side of the image encoder's map.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

UNITS, KEY = 128, 64
CORNER, CHANNELS = 5, (32, 24)  # a patch grows from CORNER x CORNER by two doublings
USUAL = 0.45  # of the picture: the side of a patch at first
SHIFT = 0.1  # of the picture: how far from the middle of what its slot looks at a patch may be
FAINT = 1e-4  # the least chance of light, so that no loss is infinite


class Patches(NamedTuple):
    """What the slots draw: `ink` [B, S, K, K] and `color` [B, S, 3], all from 0 to 1."""

    ink: Tensor
    color: Tensor


class SlotPatches(nn.Module):
    """Draws slots, wherever their words stand.

    | layer | output |
    | --- | --- |
    | input u | B, S, D |
    | GRU in both directions, beside its input; dense, ReLU | B, S, U = 128 |
    | colour: dense, sigmoid | B, S, 3 |
    | ink: dense, ReLU | B S, 32, 5, 5 |
    | transposed convolution 4 x 4, stride 2, BN, ReLU | B S, 24, 10, 10 |
    | the same to one channel, sigmoid, times a dense layer's sigmoid | B, S, K, K = 20 |
    | place and size in training: attention to the image encoder's map; dense | B, S, 3 |
    | place and size of u alone: GRU in both directions, dense, ReLU, dense | B, S, 3 |
    | each patch stretched to its place, times its colour; the sum | B, 3, H, H |

    A sentence does not say where exactly a thing stands, and the mean of all pictures that it may
    mean is a dark fog. So in training each slot is told where in the true picture it looks, and
    learns what is there. Beside it learns the usual place, which is the mean over the pictures of
    like sentences; there it draws on its own. Patches are stretched by Gaussians, as in DRAW
    (Gregor et al., ICML 2015), so places have gradients.
    """

    middles: Tensor

    def __init__(self, size: int, channels: int, places: int, side: int) -> None:
        """Pictures of `side` pixels, of which the image encoder has `places` x `places`."""
        super().__init__()
        self.side = side
        self.context = nn.GRU(size, UNITS // 2, batch_first=True, bidirectional=True)
        self.hidden = nn.Linear(size + UNITS, UNITS)
        self.color, self.gate = nn.Linear(UNITS, 3), nn.Linear(UNITS, 1)
        self.dense = nn.Linear(UNITS, CHANNELS[0] * CORNER**2)
        self.grow = nn.Sequential(
            nn.ConvTranspose2d(*CHANNELS, 4, 2, 1, bias=False),
            nn.BatchNorm2d(CHANNELS[1]),
            nn.ReLU(),
            nn.ConvTranspose2d(CHANNELS[1], 1, 4, 2, 1),
        )
        self.query, self.key = nn.Linear(UNITS, KEY), nn.Linear(channels, KEY)
        self.value = nn.Linear(channels, KEY // 2)
        self.position = nn.Parameter(torch.randn(places**2, KEY) * 0.1)
        self.find = nn.Linear(UNITS + KEY // 2, 3)
        self.order = nn.GRU(size, KEY, batch_first=True, bidirectional=True)
        self.usual = nn.Sequential(nn.Linear(size + 2 * KEY, UNITS), nn.ReLU(), nn.Linear(UNITS, 3))
        middles = (torch.arange(places) + 0.5) / places
        grid = torch.cartesian_prod(middles, middles)  # down, across
        self.register_buffer("middles", grid, persistent=False)

    def forward(self, fused: Tensor) -> Tensor:
        """u [B, S, D] -> pictures [B, 3, H, H] in (0, 1), each thing at its usual place."""
        return self.paint(self.draw(self.describe(fused)), self.guess(fused))

    def losses(self, fused: Tensor, maps: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
        """Cross-entropy of the light of pictures, and how far the usual places are off.

        Args:
            fused: u [B, S, D] of captions.
            maps: what stands at each place of the pictures, [B, C, h, h]; it is only looked at.
            images: the pictures, [B, 3, H, H] in [0, 1].
        """
        hidden = self.describe(fused)
        patches, places = self.draw(hidden), self.look(hidden, maps.detach())
        light = self.paint(patches, places)
        darkness = -(images * light.log() + (1 - images) * (1 - light).log()).mean()
        inked = patches.ink.detach().amax((2, 3)).unsqueeze(2)  # what draws nothing is nowhere
        off = (self.guess(fused.detach()) - places.detach()).square()
        return darkness, (off * inked).mean()

    def describe(self, fused: Tensor) -> Tensor:
        """What each slot draws, as [B, S, U]."""
        around, _ = self.context(fused)
        return F.relu(self.hidden(torch.cat([fused, around], 2)))

    def draw(self, hidden: Tensor) -> Patches:
        """The patches."""
        corners = F.relu(self.dense(hidden)).view(-1, CHANNELS[0], CORNER, CORNER)
        ink = torch.sigmoid(self.grow(corners)).view(*hidden.shape[:2], 4 * CORNER, 4 * CORNER)
        gate = torch.sigmoid(self.gate(hidden)).unsqueeze(3)
        return Patches(ink * gate, torch.sigmoid(self.color(hidden)))

    def look(self, hidden: Tensor, maps: Tensor) -> Tensor:
        """Where in pictures of `maps` each slot finds its own: [B, S, 3], down, across and size."""
        seen = maps.flatten(2).transpose(1, 2)
        keys = self.key(seen) + self.position
        weights = torch.softmax(self.query(hidden) @ keys.transpose(1, 2) * KEY**-0.5, 2)
        found = self.find(torch.cat([hidden, weights @ self.value(seen)], 2))
        middles = weights @ self.middles + SHIFT * torch.tanh(found[..., :2])
        return torch.cat([middles, found[..., 2:]], 2)

    def guess(self, fused: Tensor) -> Tensor:
        """The usual places, likewise."""
        around, _ = self.order(fused)
        places: Tensor = self.usual(torch.cat([fused, around], 2))
        return places

    def paint(self, patches: Patches, places: Tensor) -> Tensor:
        """The sum of all patches, each stretched to its place: [B, 3, H, H]."""
        down, across, size = places.float().unbind(2)
        sides = USUAL * torch.exp(size / 2)
        rows, columns = self.stretch(down, sides), self.stretch(across, sides)
        light = rows.transpose(2, 3) @ patches.ink.float() @ columns  # B, S, H, H
        painted = torch.einsum("bsyx,bsc->bcyx", light, patches.color.float())
        return painted.clamp(FAINT, 1 - FAINT)

    def stretch(self, middles: Tensor, sides: Tensor) -> Tensor:
        """How much each line of a patch lights each line of the picture: [B, S, K, H]."""
        count = 4 * CORNER
        lines = (torch.arange(count, device=middles.device) + 0.5) / count - 0.5
        pixels = (torch.arange(self.side, device=middles.device) + 0.5) / self.side
        centres = middles.unsqueeze(2) + lines * sides.unsqueeze(2)
        step = (sides / count)[..., None, None]
        width = 0.6 * step + 0.3 / self.side
        apart = (pixels - centres.unsqueeze(3)) / width
        return torch.exp(-apart.square() / 2) * step / (width * math.sqrt(2 * math.pi))

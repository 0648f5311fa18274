"""The speech decoder of `ours`: it speaks what the slots of u have opened into.

Legend: B items, P states, N steps of R mel frames, H units, W size of a state.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.data.skipmodal.batches import Speech
from crossmodal.models.skipmodal.masking import BidirectionalGru, length_mask, masked_mean
from crossmodal.models.skipmodal.slot_encoders import MaskedConvolution
from crossmodal.models.skipmodal.speech_decoder import Spoken

NARROWEST = 0.5  # steps: the least deviation of a state's place in time


class SlotSpeechDecoder(nn.Module):
    """States of `SlotSpelling` to speech; each lasts as long as is predicted.

    | layer | output |
    | --- | --- |
    | input: a state for each character | B, P, W |
    | GRU in both directions, dense | B, P, H = 160 |
    | convolution 5, BN, ReLU, twice, each with a way past it | B, P, H |
    | durations: dense of the first layer, softplus, in steps | B, P |
    | each step reads the states by a Gaussian around the middle of each one's time | B, N, H |
    | GRU in both directions, with a way past it | B, N, H |
    | convolution 5, BN, ReLU, twice, each with a way past it | B, N, H |
    | dense on the last two: R frames | B, N R, 80 |

    From a few vectors alone a decoder must learn anew for every sentence at which frame a word
    begins. States that last teach it how each of them sounds wherever it stands. No alignment is
    given: in training the durations are stretched to the recording's length, and the places follow
    from the mel loss. Where the durations end, speech ends: the stop rule.
    """

    def __init__(self, width: int, units: int, mels: int, per_step: int, max_steps: int) -> None:
        """States of size `width` to speech of `mels` bands, at most `max_steps` times `per_step`.

        Args:
            units: H, an even number.
        """
        super().__init__()
        self.mels, self.per_step, self.max_steps = mels, per_step, max_steps
        self.context = BidirectionalGru(width, units // 2)
        self.dense = nn.Linear(width + 2 * (units // 2), units)
        self.sounds = nn.ModuleList(MaskedConvolution(units, units, 5) for _ in range(2))
        self.duration = nn.Sequential(
            nn.Linear(width + 2 * (units // 2), units // 2), nn.ReLU(), nn.Linear(units // 2, 1)
        )
        self.log_width = nn.Parameter(torch.zeros(()))
        self.flow = BidirectionalGru(units, units // 2)
        self.steps = nn.ModuleList(MaskedConvolution(units, units, 5) for _ in range(2))
        self.frames = nn.Linear(2 * units, self.per_step * self.mels)

    def forward(
        self, spelled: Tensor, lengths: Tensor, wanted: Tensor | None = None
    ) -> tuple[Spoken, Tensor]:
        """States [B, P, W] to speech.

        Args:
            lengths: int64 [B], states of each.
            wanted: int64 [B], the recording's steps in training; None: as predicted.

        Returns:
            The speech, `alignments` [B, N, P], and the predicted steps float [B].
        """
        around = torch.cat([spelled, self.context(spelled, lengths)], 2)
        mask = length_mask(lengths, spelled.shape[1])
        durations = F.softplus(self.duration(around).squeeze(2).float()) * mask
        predicted = durations.sum(1)
        counts = predicted.round().long().clamp(1, self.max_steps) if wanted is None else wanted
        durations = durations * (counts / predicted).unsqueeze(1)
        sounds = self.refine(self.dense(around), lengths, self.sounds)
        weights = self.align(durations, mask, int(counts.max()))
        states = weights.to(sounds.dtype) @ sounds
        states = states + self.flow(states, counts)
        refined = self.refine(states, counts, self.steps)
        mels = self.frames(torch.cat([states, refined], 2)).float()
        mels = mels.reshape(len(spelled), -1, self.mels)
        last = F.one_hot(counts - 1, weights.shape[1]).float()
        return Spoken(mels, counts * self.per_step, last, weights), predicted

    def refine(self, states: Tensor, lengths: Tensor, layers: nn.ModuleList) -> Tensor:
        """Convolutions over time, each with a way past it: [B, P, H] -> the same."""
        mask = length_mask(lengths, states.shape[1]).unsqueeze(1)
        hidden = states.transpose(1, 2) * mask
        for layer in layers:
            hidden = hidden + layer(hidden, lengths)[0]
        return hidden.transpose(1, 2)

    def align(self, durations: Tensor, mask: Tensor, steps: int) -> Tensor:
        """How much each of N steps is of each state: [B, N, P], adding up to 1."""
        middles = durations.cumsum(1) - durations / 2
        times = torch.arange(steps, device=durations.device) + 0.5
        apart = times[None, :, None] - middles.unsqueeze(1)
        scores = -apart.square() / (2 * (NARROWEST + F.softplus(self.log_width)) ** 2)
        return torch.softmax(scores.masked_fill(mask.unsqueeze(1) == 0, -torch.inf), 2)

    def count_steps(self, frames: Tensor) -> Tensor:
        """Steps that so many frames take."""
        return (frames + self.per_step - 1) // self.per_step

    def losses(self, spoken: Spoken, predicted: Tensor, speech: Speech) -> tuple[Tensor, Tensor]:
        """L1 of the mel frames; how far the predicted length is off, as a share of the true one."""
        target = F.pad(speech.mels, (0, 0, 0, spoken.mels.shape[1] - speech.mels.shape[1]))
        heard = length_mask(spoken.frames, target.shape[1])  # the last step to its end: silence
        wanted = spoken.frames / self.per_step
        return (
            masked_mean((spoken.mels - target).abs(), heard),
            ((predicted - wanted).abs() / wanted).mean(),
        )

    @torch.no_grad()
    def generate(self, spelled: Tensor, lengths: Tensor) -> Spoken:
        """States -> speech of the predicted length, in [0, 1], silent after its end."""
        spoken, _ = self(spelled, lengths)
        mask = length_mask(spoken.frames, spoken.mels.shape[1]).unsqueeze(2)
        mels = spoken.mels.clamp(0, 1) * mask
        return Spoken(mels, spoken.frames, spoken.stops, spoken.alignments)

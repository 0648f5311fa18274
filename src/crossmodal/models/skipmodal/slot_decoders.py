"""The decoders of `ours`: texts and speech from u's slots.

Legend: B items, S slots, D size of a slot, L characters, N steps of R mel frames, H units.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.config.slots import SlotNetworkSettings
from crossmodal.data.batches import Speech
from crossmodal.data.symbols import END, PAD, SYMBOL_COUNT
from crossmodal.models.skipmodal.masking import length_mask, masked_mean
from crossmodal.models.skipmodal.slot_attention import SlotReader
from crossmodal.models.skipmodal.speech_decoder import Spoken

LOOKUP = 64
TAIL = 2  # steps after the end that are trained to be silence


class SlotTextDecoder(nn.Module):
    """A GRU writes, and reads from the slots what to write.

    | layer | output |
    | --- | --- |
    | first state from all slots: dense, tanh | B, H = 192 |
    | the character before: lookup table | B, L, 64 |
    | GRU | B, L, H |
    | what it reads from the slots, beside it; dense, ReLU | B, L, H |
    | dense; softmax is part of the loss | B, L, 66 |
    """

    def __init__(self, sizes: SlotNetworkSettings, size: int) -> None:
        super().__init__()
        self.max_symbols, units = sizes.max_symbols, sizes.text_decoder
        self.start = nn.Linear(sizes.slots * size, units)
        self.lookup = nn.Embedding(SYMBOL_COUNT, LOOKUP)
        self.gru = nn.GRU(LOOKUP, units, batch_first=True)
        self.reader = SlotReader(units, sizes.slots, size)
        self.hidden = nn.Linear(2 * units, units)
        self.dense = nn.Linear(units, SYMBOL_COUNT)

    def forward(self, fused: Tensor, symbols: Tensor) -> Tensor:
        """Teacher forcing: u [B, S, D], true symbols int64 [B, L] -> logits [B, L, 66]."""
        before = F.pad(symbols[:, :-1], (1, 0), value=PAD)
        return self.run(before, fused, self.first_state(fused))[0]

    def first_state(self, fused: Tensor) -> Tensor:
        """u [B, S, D] -> [1, B, H]."""
        return torch.tanh(self.start(fused.flatten(1))).unsqueeze(0)

    def run(self, before: Tensor, fused: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Characters [B, L] before each step -> logits and the GRU's last state."""
        states, last = self.gru(self.lookup(before), state)
        read, _ = self.reader(states, fused)
        return self.dense(F.relu(self.hidden(torch.cat([states, read], 2)))), last

    @torch.no_grad()
    def generate(self, fused: Tensor, max_length: int | None = None) -> Tensor:
        """Free-running, greedy: u -> symbols int64 [B, L], zero after the end symbol."""
        state = self.first_state(fused)
        before = torch.full((len(fused), 1), PAD, dtype=torch.long, device=fused.device)
        ended, written = torch.zeros_like(before, dtype=torch.bool), []
        for _ in range(max_length or self.max_symbols):
            logits, state = self.run(before, fused, state)
            logits[..., PAD] = -torch.inf
            before = logits.argmax(-1).masked_fill(ended, PAD)
            written.append(before)
            ended = ended | (before == END)
            if bool(ended.all()):
                break
        return torch.cat(written, 1)


class SlotSpeechDecoder(nn.Module):
    """All steps at once, without feedback of frames: what it makes in training is what it makes.

    | layer | output |
    | --- | --- |
    | first state from all slots: dense, tanh | B, H = 288 |
    | a vector for each step's number and all slots: dense, beside it | B, N, 128 + 128 |
    | GRU | B, N, H |
    | what it reads from the slots, beside it | B, N, 2 H |
    | GRU in both directions, beside it | B, N, 3 H |
    | dense: R frames | B, N R, 80 |
    | dense on the GRU: a stop logit | B, N |
    """

    def __init__(self, sizes: SlotNetworkSettings, size: int) -> None:
        super().__init__()
        self.mels, self.per_step, self.max_steps = (
            sizes.mels,
            sizes.frames_per_step,
            sizes.max_steps,
        )
        units = sizes.speech_decoder
        self.start = nn.Linear(sizes.slots * size, units)
        self.position = nn.Embedding(sizes.max_steps, 128)
        self.all_slots = nn.Linear(sizes.slots * size, 128)
        self.gru = nn.GRU(256, units, batch_first=True)
        self.reader = SlotReader(units, sizes.slots, size)
        self.both_ways = nn.GRU(2 * units, units // 2, batch_first=True, bidirectional=True)
        self.dense = nn.Linear(3 * units, self.per_step * self.mels)
        self.stop = nn.Linear(2 * (units // 2), 1)

    def forward(self, fused: Tensor, steps: int) -> Spoken:
        """u [B, S, D] -> mels [B, steps * R, 80], stop logits, alignments over the slots."""
        everything = fused.flatten(1)
        inputs = torch.cat(
            [
                self.position.weight[:steps].expand(len(fused), -1, -1),
                self.all_slots(everything).unsqueeze(1).expand(-1, steps, -1),
            ],
            2,
        )
        states, _ = self.gru(inputs, torch.tanh(self.start(everything)).unsqueeze(0))
        read, weights = self.reader(states, fused)
        states = torch.cat([states, read], 2)
        around, _ = self.both_ways(states)
        mels = self.dense(torch.cat([states, around], 2)).float()
        mels = mels.reshape(len(fused), steps * self.per_step, self.mels)
        frames = torch.full((len(fused),), steps * self.per_step, device=fused.device)
        return Spoken(mels, frames, self.stop(around).squeeze(2).float(), weights)

    def count_steps(self, speech: Speech) -> int:
        """Steps of the longest recording and of the silence after it, as far as there are steps."""
        longest = -(-int(speech.frames.max()) // self.per_step)
        return min(longest + TAIL, self.max_steps)

    def losses(self, spoken: Spoken, speech: Speech) -> tuple[Tensor, Tensor]:
        """L1 of the mel frames (and two steps of silence), cross-entropy of the stop gate."""
        steps = spoken.stops.shape[1]
        target = fit_frames(speech.mels, steps * self.per_step)
        frames = speech.frames.clamp(max=steps * self.per_step)
        heard = length_mask(frames + TAIL * self.per_step, target.shape[1])
        mel = masked_mean((spoken.mels - target).abs(), heard)
        last = (frames - 1) // self.per_step
        ended = torch.arange(steps, device=frames.device) >= last[:, None]
        return mel, F.binary_cross_entropy_with_logits(spoken.stops, ended.float())

    @torch.no_grad()
    def generate(self, fused: Tensor, max_steps: int | None = None) -> Spoken:
        """u -> speech; an item ends with the first step whose stop probability exceeds 0.5."""
        spoken = self(fused, min(max_steps or self.max_steps, self.max_steps))
        stops = spoken.stops.sigmoid()
        ended = stops > 0.5
        ended[:, -1] = True
        steps = ended.float().argmax(1) + 1
        longest = int(steps.max())
        frames = steps * self.per_step
        mask = length_mask(frames, longest * self.per_step).unsqueeze(2)
        mels = spoken.mels[:, : longest * self.per_step].clamp(0, 1) * mask
        return Spoken(mels, frames, stops[:, :longest], spoken.alignments[:, :longest])


def fit_frames(mels: Tensor, count: int) -> Tensor:
    """[B, T, M] cut or filled with silence to `count` frames."""
    return F.pad(mels[:, :count], (0, 0, 0, max(0, count - mels.shape[1])))

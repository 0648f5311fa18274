"""The speech decoder (paper B, section 3.3 and appendix 6.3).

Legend: B items, D size of u, H heads, T mel frames, M mel bands, R frames a step, S = T / R steps.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.config.skipmodal.network import SpeechDecoder
from crossmodal.data.skipmodal.batches import Speech
from crossmodal.models.skipmodal.layers import FirstStates, Lstm, make_prenet
from crossmodal.models.skipmodal.masking import length_mask, masked_mean

State = tuple[Tensor, tuple[Tensor, ...]]  # of the attention RNN, of the decoder RNN


@dataclass(frozen=True)
class Spoken:
    """Mel spectrograms with how they came about.

    `mels` float32 [B, T, M], silent (0) from `frames` int64 [B] on where generated; `stops` [B, S],
    the probability that a step is the last (logits in training); `alignments` [B, S, H], the weight
    of each of u's heads.
    """

    mels: Tensor
    frames: Tensor
    stops: Tensor
    alignments: Tensor


class SpeechDecoderNet(nn.Module):
    """Several frames a step from u and the last frame of the step before.

    | layer | output (paper) |
    | --- | --- |
    | first states from u: dense, tanh | B, 256 each |
    | input: the last frame of the step before, 0 at the start | B, S, M = 80 |
    | pre-net: dense, ReLU, dropout 0.5, twice | B, S, 256; 128 |
    | attention RNN: GRU | B, S, 256 |
    | attention over u's heads: v tanh(Q query + K head), softmax, sum of the heads | B, S, D / H |
    | decoder RNN over both: two LSTM layers, dropout 0.3 after each | B, S, 256 |
    | dense | B, S R, M, and a stop logit B, S |

    Chosen:
    - the appendix's one GRU and two LSTM layers (section 3.3: two residual GRUs and one GRU);
    - u is one vector, so there is no sequence to attend to: each step attends to the H parts of u
      that the heads of the memory read, the only units that u has. (Attending to the memory itself
      would let what u does not hold pass by the bottleneck.);
    - what was attended to goes to the decoder RNN and not back to the attention RNN. So in training
      the whole sequence takes three calls, without a loop in Python;
    - R = 5, the pre-net's sizes and the last frame as input: Tacotron's and the authors' hints;
    - the stop rule, of which the paper is silent: a logit a step. The rest of a last step is
      trained to be silence, as all its R frames are heard.
    """

    def __init__(self, sizes: SpeechDecoder, inputs: int, heads: int, mels: int) -> None:
        super().__init__()
        self.heads, self.mels = heads, mels
        self.per_step, self.max_steps = sizes.frames_per_step, sizes.max_steps
        self.first_gru = FirstStates(inputs, 1, sizes.attention_gru, 1)
        self.first_lstm = FirstStates(inputs, sizes.layers, sizes.lstm, 2)
        self.prenet = make_prenet(mels, sizes.prenet, sizes.prenet_dropout)
        self.gru = nn.GRU(sizes.prenet[-1], sizes.attention_gru, batch_first=True)
        self.attend = HeadAttention(inputs // heads, sizes.attention_gru, sizes.attention)
        inner = sizes.attention_gru + inputs // heads
        self.lstm = Lstm(inner, sizes.lstm, sizes.layers, sizes.dropout)
        self.dropout = nn.Dropout(sizes.dropout)
        self.dense = nn.Linear(sizes.lstm, sizes.frames_per_step * mels + 1)

    def forward(self, fused: Tensor, speech: Speech) -> Spoken:
        """Teacher forcing: u [B, D] and the true frames, padded to full steps.

        Returns:
            S R >= T frames an item; `stops` are logits.
        """
        steps = self.to_steps(speech.mels)  # B, S, R, M
        before = F.pad(steps[:, :-1, -1], (0, 0, 1, 0))  # B, S, M
        spoken, _ = self.run(before, fused, self.start(fused))
        return Spoken(spoken.mels, speech.frames, spoken.stops, spoken.alignments)

    def losses(self, spoken: Spoken, speech: Speech) -> tuple[Tensor, Tensor]:
        """L1 (equation 5) per number of a real step's frames; cross-entropy of stop a step."""
        target = self.to_steps(speech.mels)
        last = self.count_steps(speech.frames) - 1
        mask = length_mask(last + 1, target.shape[1])  # B, S
        error = (spoken.mels.view_as(target) - target).abs()
        ends = F.one_hot(last, target.shape[1]).to(spoken.stops.dtype)
        stop = F.binary_cross_entropy_with_logits(spoken.stops, ends, reduction="none")
        return masked_mean(error, mask), masked_mean(stop, mask)

    @torch.no_grad()
    def generate(self, fused: Tensor, max_steps: int | None = None) -> Spoken:
        """Free-running: u [B, D] -> speech, from its own frames alone.

        An item ends with the first step whose stop probability is above 0.5, or after `max_steps`
        (the setting where it is None). T is that of the longest.
        """
        state, before = self.start(fused), fused.new_zeros(len(fused), 1, self.mels)
        ended = torch.zeros(len(fused), dtype=torch.bool, device=fused.device)
        parts, count = [], torch.zeros_like(ended, dtype=torch.long)
        for _ in range(max_steps or self.max_steps):
            part, state = self.run(before, fused, state)
            mels = part.mels.float().clamp(0, 1).masked_fill(ended[:, None, None], 0)
            stops = part.stops.sigmoid()
            parts.append((mels, stops, part.alignments))
            before, count = mels[:, -1:], count + ~ended
            ended = ended | (stops[:, 0] > 0.5)
            if bool(ended.all()):
                break
        mels, stops, alignments = (torch.cat(tensors, 1) for tensors in zip(*parts, strict=True))
        return Spoken(mels, count * self.per_step, stops, alignments)

    def start(self, fused: Tensor) -> State:
        """The first states from u [B, D]."""
        return self.first_gru(fused)[0], self.first_lstm(fused)

    def run(self, before: Tensor, fused: Tensor, state: State) -> tuple[Spoken, State]:
        """S steps at once, given the frame [B, S, M] before each."""
        queries, gru = self.gru(self.prenet(before), state[0])
        attended, alignments = self.attend(queries, fused.unflatten(1, (self.heads, -1)))
        hidden, lstm = self.lstm.run(torch.cat([queries, attended], 2), state[1])
        outputs = self.dense(self.dropout(hidden))
        mels = outputs[..., 1:].reshape(len(fused), -1, self.mels)  # B, S R, M
        frames = torch.full((len(fused),), mels.shape[1], device=fused.device)
        return Spoken(mels, frames, outputs[..., 0], alignments), (gru, lstm)

    def count_steps(self, frames: Tensor) -> Tensor:
        """Steps that so many frames take."""
        return (frames + self.per_step - 1) // self.per_step

    def to_steps(self, mels: Tensor) -> Tensor:
        """[B, T, M] -> [B, S, R, M], the last step filled with silence."""
        missing = -mels.shape[1] % self.per_step
        return F.pad(mels, (0, 0, 0, missing)).unflatten(1, (-1, self.per_step))


class HeadAttention(nn.Module):
    """Additive attention (Bahdanau et al.) of each step over the parts of u."""

    def __init__(self, width: int, query: int, units: int) -> None:
        super().__init__()
        self.query = nn.Linear(query, units, bias=False)
        self.key = nn.Linear(width, units)
        self.score = nn.Linear(units, 1, bias=False)

    def forward(self, queries: Tensor, parts: Tensor) -> tuple[Tensor, Tensor]:
        """[B, S, Q] and [B, H, W] -> what was attended to [B, S, W], weights [B, S, H]."""
        hidden = torch.tanh(self.query(queries).unsqueeze(2) + self.key(parts).unsqueeze(1))
        weights = torch.softmax(self.score(hidden).squeeze(3), 2)
        return weights @ parts, weights

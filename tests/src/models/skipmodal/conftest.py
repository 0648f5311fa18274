"""A network of a few units and batches of made-up pairs."""

from collections.abc import Callable

import pytest
import torch

from crossmodal.config.skipmodal.network import SkipModalNetworkSettings, merge
from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.data.skipmodal.batches import (
    ImageTextBatch,
    PairBatch,
    Speech,
    Texts,
    TextSpeechBatch,
)
from crossmodal.data.skipmodal.symbols import END
from crossmodal.models.skipmodal.architectures import ARCHITECTURES
from crossmodal.models.skipmodal.masking import masked_l1
from crossmodal.models.skipmodal.network import SkipModalNetwork
from crossmodal.models.skipmodal.slot_network import SlotNetwork

# What a step of `ours` gives.
ADVERSARY = {"adversary_classifier", "adversary_transformer"}
PAIRS = {"contrast"}
WORDS = {"words_seen", "words_heard"}
COUNT = {"word_count"}
A_TERMS = {"text_a", "image", "place", "spelling_a", "hypothesis", "words_seen"} | PAIRS | ADVERSARY
SPEECH_TERMS = {"mel", "stop", "spelling_b"}
B_TERMS = {"text_b", "text_to_text", "words_heard"} | SPEECH_TERMS | COUNT | PAIRS | ADVERSARY
BOTH_TERMS = A_TERMS | B_TERMS | {"spoken"}  # it tells texts of the one from those of the other
CBHG = {"bank": 3, "channels": 5, "projection": 6, "highways": 1, "highway": 8, "gru": 4}
TINY = {
    "embedding": 16,
    "mels": 8,
    "image_encoder": {"channels": [4, 6, 8]},
    "text_encoder": {"lookup": 8, "prenet": [9, 7], "dropout": 0.0, "cbhg": CBHG},
    "speech_encoder": {"channels": [3, 4], "gru": 9},
    "bottleneck": {"size": 16, "slots": 5, "classifier": 6},
    "image_decoder": {"depth": 8, "channels": [6, 4]},
    "text_decoder": {"lookup": 8, "lstm": 32, "dropout": 0.0, "max_symbols": 12},
    "speech_decoder": {
        "prenet": [8, 7],
        "prenet_dropout": 0.0,
        "attention_gru": 9,
        "attention": 6,
        "lstm": 10,
        "dropout": 0.0,
        "frames_per_step": 3,
        "max_steps": 6,
    },
    "post_net": {"cbhg": CBHG, "bins": 11},
}


def weigh(architecture: str, network, losses):
    """What is minimised, by the weights that a training takes from the architecture."""
    weights = ARCHITECTURES[architecture].weights(network)
    return sum(weights[name] * loss for name, loss in losses.items())


def take_step(architecture: str, network, batch: PairBatch, optimizer):
    """The losses of one step."""
    losses = network(batch)
    optimizer.zero_grad()
    weigh(architecture, network, losses).backward()
    optimizer.step()
    return losses


def train(architecture: str, network, batch: PairBatch, steps: int, rate: float):
    """The losses of the last step."""
    optimizer = torch.optim.Adam(network.parameters(), rate)
    for _ in range(steps):
        losses = take_step(architecture, network, batch, optimizer)
    return losses


def learn(
    architecture: str, network, batch: PairBatch, rate: float, find_missing: Callable[[], set[str]]
) -> set[str]:
    """What is still missing after as many steps as it takes, but at most 300.

    How many that are, and what the losses are by then, differs between kinds of processors.
    """
    optimizer = torch.optim.Adam(network.parameters(), rate)
    for step in range(1, 301):
        take_step(architecture, network, batch, optimizer)
        if step % 10 == 0 and not (missing := find_missing()):
            break
    return missing


@torch.no_grad()
def find_unwritten(network, batch: PairBatch, u: dict[str, torch.Tensor]) -> set[str]:
    """The modalities whose texts free running does not write from the u of a batch's parts."""
    texts = {"image": batch.image_text.texts, "speech": batch.text_speech.texts}
    return {
        name
        for name, wanted in texts.items()
        if not torch.equal(network.generate_text(u[name]), wanted.symbols)
    }


@torch.no_grad()
def find_unspoken(network, batch: PairBatch, u: dict[str, torch.Tensor]) -> set[str]:
    """What free running does not speak as the recordings of a batch have it."""
    speech = batch.text_speech.speech
    spoken = network.generate_mel(u["text_b"])
    if not torch.equal(spoken.frames, (speech.frames + 2) // 3 * 3):  # whole steps
        return {"length"}
    # They are noise in the unit range: who has not learnt each frame errs by 0.25 at best.
    error = masked_l1(spoken.mels[:, : speech.mels.shape[1]], speech.mels, speech.frames)
    return set() if error < 0.1 else {"mel"}


@pytest.fixture
def tiny() -> Callable[..., SkipModalNetwork]:
    """Build a small network, some settings of its sections changed."""

    def build(seed: int = 0, **changes: dict) -> SkipModalNetwork:
        values = {name: dict(v) if isinstance(v, dict) else v for name, v in TINY.items()}
        for section, numbers in changes.items():
            values[section] |= numbers
        return ARCHITECTURES["paper"].build(SkipModalNetworkSettings.parse(values, "network"), seed)

    return build


TINY_SLOTS = {
    "kind": "slots",
    "words": ["a", "red", "seven"],
    "slots": 3,
    "mels": 8,
    "bottleneck": {"size": 16, "slots": 5, "classifier": 6},
    "image_channels": [4, 6, 8],
    "color_channels": 3,
    "text_channels": 8,
    "speech_channels": 6,
    "gru": 5,
    "text_decoder": 24,
    "speech_decoder": 12,
    "frames_per_step": 3,
    "max_steps": 8,
    "max_symbols": 12,
    "image_decoder": {"depth": 8, "channels": [6, 4]},
    "additions": {"hypotheses": 2, "freeze_texts": 0.0},
}


@pytest.fixture
def tiny_slots() -> Callable[..., SlotNetwork]:
    """Build a small network of slots, some of its settings changed."""

    def build(seed: int = 0, **changes: object) -> SlotNetwork:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return SlotNetwork(SlotNetworkSettings.parse(merge(TINY_SLOTS, changes), "network"))

    return build


def make_texts(generator: torch.Generator, lengths: tuple[int, ...]) -> Texts:
    symbols = torch.zeros(len(lengths), max(lengths), dtype=torch.long)
    for row, length in zip(symbols, lengths, strict=True):
        row[:length] = torch.randint(2, 66, (length,), generator=generator)
        row[length - 1] = END
    return Texts(symbols, torch.tensor(lengths))


def make_speech(generator: torch.Generator, frames: tuple[int, ...]) -> Speech:
    mels = torch.rand(len(frames), max(frames), 8, generator=generator)
    linears = torch.rand(len(frames), max(frames), 11, generator=generator)
    mask = torch.arange(max(frames)) < torch.tensor(frames)[:, None]
    return Speech(mels * mask[..., None], torch.tensor(frames), linears * mask[..., None])


@pytest.fixture
def batch() -> PairBatch:
    """Three pairs of A (32 x 32 pixels) and four of B, all of different lengths."""
    generator = torch.Generator().manual_seed(7)
    images = torch.rand(3, 3, 32, 32, generator=generator)
    image_text = ImageTextBatch(images, make_texts(generator, (6, 9, 4)))
    texts = make_texts(generator, (5, 8, 7, 3))
    return PairBatch(image_text, TextSpeechBatch(texts, make_speech(generator, (13, 7, 16, 9))))


@pytest.fixture
def few() -> PairBatch:
    """Two pairs of A and two of B."""
    generator = torch.Generator().manual_seed(7)
    images = torch.rand(2, 3, 32, 32, generator=generator)
    image_text = ImageTextBatch(images, make_texts(generator, (4, 6)))
    texts = make_texts(generator, (5, 3))
    return PairBatch(image_text, TextSpeechBatch(texts, make_speech(generator, (13, 7))))


@pytest.fixture
def seeded():
    """Random numbers of a test are the same each time, and those of others as they would be."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield

"""Small networks and data of the same contract as paper B's."""

import numpy as np
import torch
from torch import nn

from crossmodal.config.skipmodal.training import TrainSkipModal
from crossmodal.data.skipmodal.batches import (
    ImageTextBatch,
    PairBatch,
    Speech,
    Texts,
    TextSpeechBatch,
)
from crossmodal.models.skipmodal.masking import masked_l1
from crossmodal.train.checkpoint import Checkpoint
from crossmodal.train.distributed import ALONE
from crossmodal.train.loop import TrainingSetup
from crossmodal.train.skipmodal.sampler import PairSampler
from crossmodal.train.skipmodal.training import prepare_skipmodal

SETTINGS = {
    "batching": {"strategy": "mixed", "batch_size": 8, "image_share": 0.5, "bucket_batches": 2},
    "optimization": {
        "learning_rate": 0.01,
        "beta1": 0.9,
        "muon": 0.0,
        "warmup_steps": 2,
        "restarts": [],
        "decay": "cosine",
        "final_rate": 0.001,
        "max_norm": 1.0,
    },
    "running": {
        "steps": 9,
        "log_steps": 2,
        "checkpoint_steps": 2,
        "validation_steps": 3,
        "keep_best": False,
    },
}
WEIGHTS = {"image": 10.0, "text": 1.0, "speech": 5.0}
WORDS = 7
IMAGES, RECORDINGS = 13, 11


def settings(section=TrainSkipModal, base=SETTINGS, **changes):
    """Settings with some keys changed, wherever they stand."""

    def change(values):
        return {
            key: changes[key]
            if key in changes
            else change(value)
            if isinstance(value, dict)
            else value
            for key, value in values.items()
        }

    return section.parse(change(base), "train")


class ToyNetwork(nn.Module):
    """Text, image and speech to one another through one code, as the skip-modal network."""

    def __init__(self, dropout=0.3, norm=True):
        super().__init__()
        self.symbols = nn.Embedding(WORDS, 6, padding_idx=0)
        self.see, self.draw = nn.Linear(3 * 4 * 4, 6), nn.Linear(6, 3 * 4 * 4)
        self.hear, self.speak = nn.Linear(80, 6), nn.Linear(6, 80)
        self.norm = nn.BatchNorm1d(6) if norm else nn.Identity()
        self.dropout = nn.Dropout(dropout)

    def forward(self, batch):
        terms = {}
        text = image_text = None
        if batch.image_text is not None:
            image_text = batch.image_text
            text = self.read(image_text.texts)
            image = image_text.images.flatten(1)
            terms["image"] = (self.draw(text).float() - image).abs().mean()
            terms["text"] = (self.see(image).float() - text.float()).square().mean()
        if batch.text_speech is not None:
            pair = batch.text_speech
            mels, frames = pair.speech.mels, pair.speech.frames
            text = self.read(pair.texts)
            spoken = self.speak(text)[:, None].expand(-1, mels.shape[1], -1)
            terms["speech"] = masked_l1(spoken, mels, frames)
            heard = self.hear(mels.sum(1) / frames[:, None])
            again = (heard.float() - text.float()).square().mean()
            terms["text"] = (terms["text"] + again) / 2 if "text" in terms else again
        return terms

    def read(self, texts):
        mean = self.symbols(texts.symbols).sum(1) / texts.lengths[:, None]
        return self.dropout(self.norm(mean))


class ToyData:
    """Made-up pairs; `even`: all of one length."""

    def __init__(self, even=False):
        rng = np.random.default_rng(4)
        length = (lambda: 5) if even else (lambda: int(rng.integers(2, 7)))
        draw_text = lambda: rng.integers(1, WORDS, length())  # noqa: E731
        self.captions = [[draw_text() for _ in range(2)] for _ in range(IMAGES)]
        self.images = rng.random((IMAGES, 3, 4, 4), np.float32)
        self.sentences = [draw_text() for _ in range(RECORDINGS)]
        self.mels = [rng.random((3 * length(), 80), np.float32) for _ in range(RECORDINGS)]
        self.asked = []

    def sampler(self, config, seed=3):
        captions = [[len(text) for text in texts] for texts in self.captions]
        return PairSampler(captions, [len(mel) for mel in self.mels], config.batching, seed)

    def __call__(self, indices):
        """The batch of some indices."""
        self.asked.append(indices)
        seen = heard = None
        if len(indices.images):
            chosen = zip(indices.images, indices.captions, strict=True)
            texts = pad_texts([self.captions[image][caption] for image, caption in chosen])
            seen = ImageTextBatch(torch.from_numpy(self.images[indices.images]), texts)
        if len(indices.recordings):
            texts = pad_texts([self.sentences[i] for i in indices.recordings])
            heard = TextSpeechBatch(texts, pad_speech([self.mels[i] for i in indices.recordings]))
        return PairBatch(seen, heard)


def pad_all(arrays):
    tensors = [torch.from_numpy(array) for array in arrays]
    lengths = torch.tensor([len(array) for array in arrays])
    return nn.utils.rnn.pad_sequence(tensors, batch_first=True), lengths


def pad_texts(texts):
    return Texts(*pad_all(texts))


def pad_speech(mels):
    return Speech(*pad_all(mels))


def make_training(
    path,
    runtime,
    config,
    *,
    seed=3,
    network=None,
    data=None,
    weights=WEIGHTS,
    group=ALONE,
    **callbacks,
):
    """A training of the toy network, from its checkpoint at `path`."""
    torch.manual_seed(seed)
    network = network or ToyNetwork()
    data = data or ToyData()
    sampler = data.sampler(config, seed)
    setup = TrainingSetup(runtime, seed, Checkpoint(path), group, **callbacks)
    return prepare_skipmodal(network, sampler, data, weights, config, setup)


def finish(loop):
    """Run a training to its end."""
    for _ in loop.run():
        pass
    return loop


def assert_equal(first, second):
    """Two trainings are in the same state to the bit."""
    assert first.progress == second.progress
    assert_same(first.state(), second.state())


def assert_same(first, second):
    """Nested values are equal to the bit."""
    assert type(first) is type(second)
    if isinstance(first, torch.Tensor):
        assert torch.equal(first, second)
    elif isinstance(first, dict):
        assert first.keys() == second.keys()
        for key in first:
            assert_same(first[key], second[key])
    elif isinstance(first, list | tuple):
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            assert_same(one, other)
    else:
        assert first == second

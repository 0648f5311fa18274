"""Stores give the samples that were written, in any batch, by any number of readers."""

import shutil
import threading

import numpy as np
import pytest
import torch

from crossmodal.data.pictures import read_square
from crossmodal.data.skipmodal.pair_reader import PairReader
from crossmodal.data.skipmodal.pair_store import ImageTextStore, TextSpeechStore
from crossmodal.data.skipmodal.spectrogram import SpectrogramMaker, read_clip
from crossmodal.data.skipmodal.symbols import to_text
from crossmodal.errors import DataError
from tests.src.data.skipmodal.conftest import spectrogram_config

STORES = {"image_text": ImageTextStore, "text_speech": TextSpeechStore}


def test_images_and_captions_are_those_of_the_files(image_text, coco):
    store = ImageTextStore.open(image_text, "train")
    assert len(store) == len(store.ids) == 17
    indices, choice = np.array([16, 0, 7, 0]), np.array([0, 1, 5, 3])
    batch = store.batch(indices, choice)
    assert batch.images.dtype == torch.float32 and batch.images.shape == (4, 3, 16, 16)
    for row, index in enumerate(indices):
        path = coco / "train" / f"{int(store.ids[index]):012d}.png"
        pixels = torch.from_numpy(read_square(path, 16)[0].astype(np.float32)) / 255
        assert torch.equal(batch.images[row], pixels)
        texts = store.captions(index)
        wanted = texts[choice[row] % len(texts)]
        assert to_text(batch.texts.symbols[row].tolist()) == wanted
        assert batch.texts.lengths[row] == len(wanted) + 1
        assert (batch.texts.symbols[row, len(wanted) + 1 :] == 0).all()
        assert store.lengths[index] == max(map(len, texts)) + 1
    assert batch.texts.symbols.shape[1] == batch.texts.lengths.max()
    chosen = store.chosen()
    assert all(text in store.captions(number) for number, text in enumerate(chosen))
    assert chosen[:2] == [store.captions(0)[0], store.captions(1)[1]]


def test_speech_is_that_of_the_files(text_speech, ljspeech):
    store = TextSpeechStore.open(text_speech, "train")
    maker = SpectrogramMaker(spectrogram_config())
    indices = np.array([10, 3, 3])
    batch, linears = store.batch(indices), store.linears(indices)
    assert batch.speech.mels.shape == (3, store.frames[indices].max(), 20)
    assert linears.shape == (3, store.frames[indices].max(), 257)
    for row, index in enumerate(indices):
        clip = read_clip(ljspeech / "train/wavs" / f"{store.ids[index]}.wav", maker.config)
        linear, mel = maker.analyse(clip)
        frames = int(batch.speech.frames[row])
        assert frames == len(mel) == store.frames[index]
        for found, whole, wanted in (
            (batch.speech.mels[row], store.mel(index), mel),
            (linears[row], store.linear(index), linear),
        ):
            assert np.array_equal(found[:frames].numpy(), whole)
            assert (found[frames:] == 0).all()
            assert np.abs(whole - wanted).max() <= 0.5 / 255 + 1e-6
        assert to_text(batch.texts.symbols[row].tolist()) == store.texts[index]
        assert store.lengths[index] == len(store.texts[index]) + 1


def contents(store):
    """Each sample's id and bytes."""
    if isinstance(store, ImageTextStore):
        return [(i, image.tobytes()) for i, image in zip(store.ids, store.images, strict=True)]
    return [(i, store.mel(n).tobytes() + store.linear(n).tobytes())
            for n, i in enumerate(store.ids)]  # fmt: skip


@pytest.fixture(autouse=True)
def workers_end_quietly(monkeypatch):
    """Tests of flows load Prefect into this process; its exit handlers fail in forked workers."""
    monkeypatch.setattr(threading, "_threading_atexits", [])


@pytest.mark.parametrize("kind", STORES)
def test_two_ranks_of_two_workers_read_every_sample_once(kind, request, monkeypatch):
    folder = request.getfixturevalue(kind)
    single = contents(STORES[kind].open(folder, "train"))
    together = []
    for rank in "01":
        monkeypatch.setenv("RANK", rank)
        monkeypatch.setenv("WORLD_SIZE", "2")
        own = STORES[kind].open(folder, "train", workers=2, by_rank=True)
        assert 0 < len(own) < len(single)
        together += contents(own)
        assert contents(STORES[kind].open(folder, "train")) == single  # all, unless asked
    assert sorted(together) == sorted(single)
    assert len({name for name, _ in together}) == len(single)


def test_more_ranks_than_shards_are_an_error(image_text, monkeypatch):
    monkeypatch.setenv("RANK", "4")
    monkeypatch.setenv("WORLD_SIZE", "5")
    with pytest.raises(DataError, match="fewer shards than there are ranks"):
        ImageTextStore.open(image_text, "train", by_rank=True)


@pytest.mark.parametrize("kind", STORES)
def test_a_cache_is_filled_once_and_gives_the_same(kind, request, monkeypatch, tmp_path):
    folder, store = request.getfixturevalue(kind), STORES[kind]
    plain = contents(store.open(folder, "train"))
    assert contents(store.open(folder, "train", cache=tmp_path)) == plain
    monkeypatch.setattr(PairReader, "read", None)  # no shard is read again
    assert contents(store.open(folder, "train", cache=tmp_path)) == plain
    (made,) = tmp_path.glob("train-*")
    path = next(path for path in made.iterdir() if path.name in ("images", "mel"))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=rf"is damaged: delete .*{made.name}"):
        store.open(folder, "train", cache=tmp_path)


def test_ranks_have_caches_of_their_own(image_text, monkeypatch, tmp_path):
    for world in (1, 2, 3):
        for rank in range(world):
            monkeypatch.setenv("RANK", str(rank))
            monkeypatch.setenv("WORLD_SIZE", str(world))
            plain = contents(ImageTextStore.open(image_text, "train", by_rank=True))
            cached = ImageTextStore.open(image_text, "train", cache=tmp_path, by_rank=True)
            assert contents(cached) == plain


@pytest.mark.parametrize("workers", [0, 1])
def test_a_failed_fill_leaves_no_cache(image_text, tmp_path, workers):
    shutil.copytree(image_text, tmp_path / "pairs")
    (tmp_path / "pairs/train-00003.tar").unlink()
    with pytest.raises(DataError, match=r"train-00003\.tar is missing$"):
        ImageTextStore.open(tmp_path / "pairs", "train", tmp_path / "cache", workers=workers)
    assert not [path for path in (tmp_path / "cache").glob("*") if path.is_dir()]


def test_the_other_kind_of_pairs_is_refused(image_text, text_speech):
    with pytest.raises(DataError, match="holds no such pairs"):
        ImageTextStore.open(text_speech, "train")
    with pytest.raises(DataError, match="holds no such pairs"):
        TextSpeechStore.open(image_text, "train")


def test_a_manifest_of_other_sizes_is_noticed(text_speech, monkeypatch):
    kept = TextSpeechStore.shapes_of
    wrong = lambda reader: {name: (shape[0], 7) for name, shape in kept(reader).items()}  # noqa: E731
    monkeypatch.setattr(TextSpeechStore, "shapes_of", wrong)
    with pytest.raises(DataError, match="disagrees with its manifest"):
        TextSpeechStore.open(text_speech, "train")

"""What is broken is counted, named and skipped up to the limit; real pieces become shards."""

import json

import numpy as np
import pytest
import soundfile

from crossmodal.config.skipmodal.pairs import Sources, whole
from crossmodal.data.broken import NAMED, BrokenInputs
from crossmodal.data.skipmodal.coco import annotation_path
from crossmodal.data.skipmodal.pair_store import ImageTextStore, TextSpeechStore
from crossmodal.data.skipmodal.sharding import shard_captions, shard_speech
from crossmodal.data.skipmodal.spectrogram import SpectrogramMaker
from crossmodal.errors import DataError
from crossmodal.files import read_json
from tests.src.data.skipmodal.conftest import (
    PARAMS,
    captions_config,
    exhaust,
    spectrogram_config,
    speech_config,
    write_clips,
    write_images,
)

TRAIN = whole(["train"])


def break_images(folder):
    """Six images, two of which can be used."""
    write_images(folder, "train", 6)
    names = sorted((folder / "train").iterdir())
    names[0].unlink()
    names[1].write_bytes(names[1].read_bytes()[:100])
    names[2].write_text("no picture")
    path = annotation_path(folder, "train")
    content = json.loads(path.read_text())
    for annotation in content["annotations"]:
        if annotation["image_id"] == 4:
            annotation["caption"] = "4 cats"
    path.write_text(json.dumps(content))


def break_clips(folder):
    """Seven clips, two of which can be used."""
    write_clips(folder / "train", 7)
    wavs = sorted((folder / "train/wavs").iterdir())
    wavs[0].unlink()
    wavs[1].write_bytes(b"RIFF")
    soundfile.write(wavs[2], np.zeros(4000), 8000)
    soundfile.write(wavs[3], np.ones(9000), 8000)
    with (folder / "train/metadata.csv").open("a") as file:
        file.write("clip-005|7|7\nclip\n")
    soundfile.write(wavs[4], np.ones(99), 8000)


IMAGES_FOUND = {
    "image without captions": 1,
    "missing image": 1,
    "undecodable image": 2,
    "unknown characters": 2,
}
CLIPS_FOUND = {
    "clip too long": 1,
    "clip too short": 1,
    "malformed row": 2,
    "missing wav": 1,
    "silent clip": 1,
    "undecodable wav": 1,
}


def shard(kind, data, folder, limit):
    if kind == "images":
        steps = shard_captions(folder, data, TRAIN, captions_config(max_broken=limit))
    else:
        config, spectrograms = speech_config(max_broken=limit), spectrogram_config(max_seconds=1)
        steps = shard_speech(folder, data, TRAIN, config, spectrograms)
    return exhaust(steps)


@pytest.mark.parametrize(
    ("kind", "spoil", "counts"),
    [("images", break_images, IMAGES_FOUND), ("clips", break_clips, CLIPS_FOUND)],
)
def test_broken_inputs_are_skipped_up_to_the_limit(tmp_path, kind, spoil, counts):
    spoil(tmp_path)
    folder, total = tmp_path / "out/pairs", sum(counts.values())
    assert shard(kind, tmp_path, folder, total)[-1][:2] == ("train", 2)
    report = read_json(folder / "broken.json")
    assert report["counts"] == counts
    assert len(report["skipped"]) == total
    store = (ImageTextStore if kind == "images" else TextSpeechStore).open(folder, "train")
    assert len(store) == 2
    whole_bytes = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(DataError) as caught:
        shard(kind, tmp_path, folder, total - 1)
    message = str(caught.value)
    assert f"{total} broken inputs" in message and "\n" not in message
    assert all(name in message for name in counts)
    assert read_json(tmp_path / "out/pairs-broken.json") == report
    # What was there before is still there, whole.
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == whole_bytes
    shard(kind, tmp_path, folder, total)
    assert not (tmp_path / "out/pairs-broken.json").exists()


def test_a_wrong_folder_is_told_before_anything_is_decoded(tmp_path, monkeypatch):
    break_images(tmp_path)
    monkeypatch.setattr("crossmodal.data.skipmodal.sharding.read_square", None)
    with pytest.raises(DataError, match=r"shard_captions\.max_broken allows 0"):
        shard("images", tmp_path, tmp_path / "out/pairs", 0)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["pairs-broken.json"]


def test_messages_name_the_first_few_of_each_kind():
    broken = BrokenInputs(0, "limit")
    assert broken.describe() == "none"
    for number in range(NAMED + 1):
        broken.add("missing wav", f"w{number}")
    broken.add("silent clip", "s")
    assert broken.describe() == "4 x missing wav (w0, w1, w2, ...); 1 x silent clip (s)"


def test_real_photos_at_the_papers_size(real, tmp_path):
    values = {"train": "val2017[:60%]", "validation": "val2017[60%:]", "test": "val2017[99%:]"}
    sources = Sources.model_construct(**values).by_split()
    sources.pop("test")
    config = captions_config(image_size=128, block_size=16, max_broken=20)
    exhaust(shard_captions(tmp_path / "pairs", real / "coco", sources, config))
    train = ImageTextStore.open(tmp_path / "pairs", "train")
    validation = ImageTextStore.open(tmp_path / "pairs", "validation")
    assert not set(train.ids) & set(validation.ids)
    assert len(train) + len(validation) == 93
    assert train.images.shape[1:] == (3, 128, 128)
    assert (train.images.std((1, 2, 3)) > 5).all()
    # Digits are no symbols: the few captions with one are skipped, not the image.
    counts = read_json(tmp_path / "pairs/broken.json")["counts"]
    assert set(counts) == {"unknown characters"} and counts["unknown characters"] < 10
    batch = train.batch(np.arange(8), np.arange(8))
    assert batch.images.shape == (8, 3, 128, 128) and batch.texts.lengths.min() > 10


def test_real_recordings_at_the_papers_size(real, tmp_path):
    (tmp_path / "wavs").symlink_to(real / "LJSpeech-1.1/wavs")
    rows = (real / "LJSpeech-1.1/metadata.csv").read_text("utf-8").splitlines()[:6]
    (tmp_path / "metadata.csv").write_text("\n".join(rows), "utf-8")
    sources = Sources(train="[:50%]", validation="[50%:80%]", test="[80%:]").by_split()
    spectrograms = spectrogram_config(**PARAMS["spectrograms"] | {"fft_size": 2048})
    steps = shard_speech(tmp_path / "pairs", tmp_path, sources, speech_config(), spectrograms)
    exhaust(steps)
    stores = [TextSpeechStore.open(tmp_path / "pairs", split) for split in sources]
    assert [name for store in stores for name in store.ids] == [row.split("|")[0] for row in rows]
    linear = stores[0].linear(1)
    assert linear.shape == (stores[0].frames[1], 1025)
    assert 0.3 < linear.max() <= 1 and linear.min() < 0.2
    spectrograms = spectrograms.model_copy(update={"griffin_lim_iterations": 2})
    sound = SpectrogramMaker(spectrograms).synthesize(linear[:40])
    assert len(sound) == 39 * 200 and np.abs(sound).max() > 0.01

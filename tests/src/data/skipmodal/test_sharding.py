"""What is broken is counted, named and skipped up to the limit; real pieces become shards."""

import json
import re

import numpy as np
import pytest
import soundfile

from crossmodal.config.skipmodal.pairs import Source, Sources, whole
from crossmodal.data.skipmodal.coco import annotation_path
from crossmodal.data.skipmodal.pair_store import ImageTextStore, TextSpeechStore
from crossmodal.data.skipmodal.sharding import shard_captions, shard_speech
from crossmodal.data.skipmodal.spectrogram import SpectrogramMaker
from crossmodal.data.torchaudio_backend import resample
from crossmodal.errors import DataError
from crossmodal.files import read_json
from tests.src.data.encoded_audio import encode
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
            annotation["caption"] = "a 🐱"
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
        file.write("clip-005|again|again\nclip\n")
    soundfile.write(wavs[4], np.ones(99), 8000)


IMAGES_FOUND = {
    "image without captions": 1,
    "missing image": 1,
    "undecodable image": 2,
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


@pytest.mark.parametrize("suffix", [".flac", ".mp3", ".m4a", ".ogg", ".webm"])
def test_recordings_may_be_compressed(tmp_path, suffix):
    """By their ending, or under that of a wav."""
    names = write_clips(tmp_path / "train", 4)
    for number, wav in enumerate(sorted((tmp_path / "train/wavs").iterdir())):
        samples = resample(soundfile.read(wav, dtype="float32")[0], 8000, 48_000)
        wav.unlink()
        path = wav.with_suffix(suffix)
        if suffix == ".flac":
            soundfile.write(path, np.stack([samples] * 2, axis=1), 48_000)
        else:
            encode(path, samples)
        if number == 3:
            path.rename(wav)
    shard("clips", tmp_path, tmp_path / "out/pairs", 0)
    assert TextSpeechStore.open(tmp_path / "out/pairs", "train").ids == names


def test_a_wrong_folder_is_told_before_anything_is_decoded(tmp_path, monkeypatch):
    break_images(tmp_path)
    monkeypatch.setattr("crossmodal.data.skipmodal.sharding.read_square", None)
    with pytest.raises(DataError, match=r"shard_captions\.max_broken allows 0"):
        shard("images", tmp_path, tmp_path / "out/pairs", 0)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["pairs-broken.json"]


@pytest.mark.parametrize(("kind", "things"), [("images", "images"), ("clips", "rows")])
def test_an_empty_split_is_told_with_its_reasons(tmp_path, kind, things):
    """By its percents before anything is decoded, or as nothing in it can be read."""
    if kind == "images":
        write_images(tmp_path, "all", 8)
        files, config = sorted((tmp_path / "all").iterdir()), captions_config(max_broken=0.5)
    else:
        write_clips(tmp_path / "all", 8)
        files, config = sorted((tmp_path / "all/wavs").iterdir()), speech_config(max_broken=0.5)

    def shard_parts(*parts):
        sources = {
            split: Source.parse(f"all{part}") for split, part in zip("ab", parts, strict=True)
        }
        if kind == "images":
            return exhaust(shard_captions(tmp_path / "pairs", tmp_path, sources, config))
        spectrograms = spectrogram_config()
        return exhaust(shard_speech(tmp_path / "pairs", tmp_path, sources, config, spectrograms))

    report = tmp_path / "pairs-broken.json"
    with pytest.raises(DataError) as caught:
        shard_parts("[10%:]", "[:10%]")
    nothing = "no sample is left for the split b"
    assert str(caught.value) == f"{nothing}: all[0%:10%] is 0 of 8 {things} that can be used"
    assert not report.exists()
    files[0].unlink()
    with pytest.raises(DataError) as caught:
        shard_parts("[10%:]", "[:10%]")
    expected = rf"{nothing}: all\[0%:10%\] is 0 of 7 {things} that can be used; "
    expected += rf"skipped: 1 x missing (image|wav), such as .*; all are in {report}"
    assert re.fullmatch(expected, str(caught.value))
    assert sum(read_json(report)["counts"].values()) == 1
    for file in files[1:3]:
        file.write_bytes(b"nothing")
    with pytest.raises(DataError) as caught:
        shard_parts("[30%:]", "[:30%]")
    expected = rf"{nothing}: none of 2 can be read; skipped: .* 2 x undecodable .*{report}"
    assert re.fullmatch(expected, str(caught.value))
    assert sum(read_json(report)["counts"].values()) == 3
    shard_parts("[50%:]", "[:50%]")
    assert not report.exists()
    assert sum(read_json(tmp_path / "pairs/broken.json")["counts"].values()) == 3


def test_the_report_is_the_same_wherever_the_folder_is(tmp_path):
    found = []
    for name in ("here", "there"):
        data = tmp_path / name
        write_images(data / "coco", "train", 3)
        write_clips(data / "lj/train", 3)
        (data / "coco/train/000000000001.png").write_text("no picture")
        (data / "coco/train/000000000001.png").rename(data / "coco/train/._1.png")
        path = annotation_path(data / "coco", "train")
        path.write_text(path.read_text().replace("000000000001.png", "._1.png"))
        (data / "lj/train/wavs/clip-001.wav").write_text("no sound")
        shard("images", data / "coco", data / "image-text", 1)
        shard("clips", data / "lj", data / "text-speech", 1)
        found.append(
            [read_json(data / kind / "broken.json") for kind in ("image-text", "text-speech")]
        )
    assert found[0] == found[1]
    (image,), (clip,) = (report["skipped"] for report in found[0])
    assert image["name"] == "train/._1.png" and "macOS" in image["reason"]
    assert clip["name"] == "train/wavs/clip-001.wav"


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
    assert read_json(tmp_path / "pairs/broken.json")["skipped"] == []
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

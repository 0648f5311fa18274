"""Sharding as people start it, with folders of their own in the official layouts."""

import os
import subprocess
import sys

import pytest
import yaml

from crossmodal.data.skipmodal.pair_reader import PairReader
from crossmodal.errors import DataError
from crossmodal.files import read_json
from tests.src.data.skipmodal.conftest import PARAMS, write_clips, write_images


@pytest.fixture
def folder(tmp_path):
    """Twelve images and eight clips, and parameters that name them."""
    write_images(tmp_path / "coco", "val2017", 12)
    write_clips(tmp_path / "lj", 8, rate=16000)
    images = {"train": "val2017[:50%]", "validation": "val2017[50%:75%]", "test": "val2017[75%:]"}
    clips = {"train": "[:50%]", "validation": "[50%:75%]", "test": "[75%:]"}
    params = dict(PARAMS)
    params["shard_captions"] = PARAMS["shard_captions"] | {
        "folder": str(tmp_path / "coco"),
        "splits": images,
    }
    params["shard_speech"] = PARAMS["shard_speech"] | {
        "folder": str(tmp_path / "lj"),
        "splits": clips,
    }
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    return tmp_path


def test_own_folders_become_pairs_and_vocabularies_are_compared(run, folder):
    for stage in ("shard_captions", "shard_speech"):
        code, errors = run(folder, stage)
        assert code == 0, errors
    counts = [
        [len(PairReader(folder / "data/pairs" / kind, split).rows) for split in
         ("train", "validation", "test")]
        for kind in ("image-text", "text-speech")
    ]  # fmt: skip
    assert counts == [[6, 3, 3], [4, 2, 2]]
    assert not (folder / "data/pairs/image-text/scenes").exists()  # nor what reads digits in them
    words = read_json(folder / "data/measures/skipmodal/vocabulary.json")["words"]
    assert words["first"] == 11  # a red seven again two digits blue one and is it
    assert 0 < words["overlap"] < 1


def test_what_is_skipped_is_told_on_any_terminal(project, folder):
    images = sorted((folder / "coco/val2017").iterdir())
    images[3].rename(images[3].with_name("猫.png"))
    (folder / "coco/val2017/猫.png").write_text("no picture")
    path = folder / "coco/annotations/captions_val2017.json"
    text = path.read_text().replace("000000000004.png", "猫.png")
    path.write_text(text.replace("is it? again", "it is … 🐱", 1))
    with (folder / "lj/metadata.csv").open("a") as file:
        file.write("a row\n")
    ascii_only = {"PYTHONPATH": f"{project}:{project / 'src'}", "PYTHONIOENCODING": "ascii"}
    found = {
        "shard_captions": ["image-text", "1 x undecodable image, such as val2017/", "1 x unknown"],
        "shard_speech": ["text-speech", "1 x malformed row, such as metadata.csv: line 9"],
    }
    for stage, (kind, *reasons) in found.items():
        command = [sys.executable, "-m", f"pipeline.skipmodal.{stage}"]
        result = subprocess.run(
            command, cwd=folder, env={**os.environ, **ascii_only}, capture_output=True, text=True
        )
        assert result.returncode == 0, result.stderr
        first, *lines = result.stderr.splitlines()[-1 - len(reasons) :]
        where = f"all are in data/pairs/{kind}/broken.json"
        assert first == f"{stage}: broken inputs skipped: {len(reasons)}, {where}"
        assert all(
            line.startswith(f"  {reason}") for line, reason in zip(lines, reasons, strict=True)
        )


def test_own_sentences_are_spoken_and_sharded(run, folder):
    """Whoever has captions but no recordings needs a list of sentences, and no scene."""
    params = yaml.safe_load((folder / "params.yaml").read_text())
    rows = [f"{number},the dog sees {number} cats" for number in range(20)]
    (folder / "own.csv").write_text(
        "\n".join(["id,caption", *rows, "20,The dog sees 3 cats!", "21,?"])
    )
    params["speak_sentences"]["sentences"] = str(folder / "own.csv")
    params["shard_speech"] = PARAMS["shard_speech"]
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    for stage in ("shard_captions", "speak_sentences", "shard_speech"):
        code, errors = run(folder, stage)
        assert code == 0, errors
        if stage == "speak_sentences":
            assert "sentences left out, as the same words came before: 1" in errors
            assert "1 x no words, such as own.csv: line 23 (only '?')" in errors
    assert "both have 3, of which 26% of the captions consist" in errors
    pairs = folder / "data/pairs/text-speech"
    readers = {split: PairReader(pairs, split) for split in ("train", "validation", "test")}
    assert [len(reader.rows) for reader in readers.values()] == [18, 1, 1]
    assert readers["test"].rows["texts"].to_pylist() == [["the dog sees nineteen cats"]]
    with pytest.raises(DataError, match="has no split"):
        PairReader(pairs, "binding")
    assert not (pairs / "scenes").exists()


def test_a_list_of_sentences_that_is_mostly_broken_leaves_the_reasons(run, folder):
    params = yaml.safe_load((folder / "params.yaml").read_text())
    (folder / "own.txt").write_text("a dog\n" + "?!\n" * 8)
    params["speak_sentences"] |= {"sentences": str(folder / "own.txt"), "max_broken": 7}
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    code, errors = run(folder, "speak_sentences")
    assert code == 1
    (line,) = errors.splitlines()
    assert line.startswith("speak_sentences: 8 broken inputs, speak_sentences.max_broken allows 7")
    assert read_json(folder / "data/sentences-broken.json")["counts"] == {"no words": 8}
    assert not (folder / "data/sentences").exists()


def test_too_much_broken_ends_in_one_line_and_exit_code_1(run, folder):
    for path in sorted((folder / "coco/val2017").iterdir())[:4]:
        path.unlink()
    params = yaml.safe_load((folder / "params.yaml").read_text())
    params["shard_captions"]["max_broken"] = 3
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    code, errors = run(folder, "shard_captions")
    assert code == 1
    (line,) = errors.splitlines()
    assert line.startswith("shard_captions: 4 broken inputs, shard_captions.max_broken allows 3")
    assert "000000000001.png" in line
    assert not (folder / "data/pairs/image-text").exists()
    found = read_json(folder / "data/pairs/image-text-broken.json")
    assert found["counts"] == {"missing image": 4}

"""Flipped bits are found in whatever object they are, and mended from wherever that is possible."""

import os
import random
import subprocess
from pathlib import Path

import pytest

from flows.objects import Cache
from flows.verify import find_damage, repair
from tests.flows.toy import Toy, make_toy


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Toy:
    """A workspace with files, folders and a metrics file that only Git would keep, all made."""
    needs = {f"s{number}": [f"s{number - 1}"] if number % 4 else [] for number in range(16)}
    toy = make_toy(tmp_path_factory.mktemp("original") / "toy", needs)
    file = toy.root / "dvc.yaml"
    text = file.read_text()
    # Some outs become folders, one a metric outside the cache.
    for leaf in ("s3", "s7", "s11"):
        text = text.replace(f"{leaf}.txt", f"{leaf}.dir")
    metric = "metrics:\n    - s15.txt:\n        cache: false"
    file.write_text(text.replace("outs:\n    - s15.txt", metric))
    toy.dvc("config", "cache.type", "hardlink,copy")
    toy.dvc("repro")
    return toy


@pytest.fixture
def made(original, tmp_path, monkeypatch) -> Toy:
    """A copy of it with its hard links; the current folder."""
    subprocess.run(["cp", "-a", original.root, tmp_path / "toy"], check=True)
    monkeypatch.chdir(tmp_path / "toy")
    return Toy(tmp_path / "toy")


def flip_bit(path: Path, chance: random.Random) -> None:
    """Flip one bit, as a failing disk does: size and times stay."""
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    times = path.stat()
    path.chmod(0o644)
    path.write_bytes(content)
    path.chmod(0o444)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def objects_of(toy: Toy) -> list[Path]:
    return sorted(path for path in Cache(toy.workspace).folder.glob("??/*"))


def test_twenty_flipped_bits_are_all_named_and_all_mended(made):
    lock, chance = made.lock(), random.Random(0)
    before = {path: path.read_bytes() for path in objects_of(made)}
    flipped = chance.sample(sorted(before), 20)
    for path in flipped:
        flip_bit(path, chance)
    [damage] = find_damage([made.workspace])
    assert damage.objects.keys() == {path.parent.name + path.name for path in flipped}
    assert repair(damage) == []
    assert {path: path.read_bytes() for path in objects_of(made)} == before
    assert made.lock() == lock
    assert "didn't change" in made.dvc("repro") and "Running" not in made.dvc("repro")
    [healthy] = find_damage([made.workspace])
    assert not healthy.objects and not healthy.files


@pytest.mark.slow
def test_remote_is_used_before_anything_runs(made, tmp_path):
    made.dvc("remote", "add", "--default", "share", str(tmp_path / "remote"))
    made.dvc("push")
    chance = random.Random(1)
    for path in objects_of(made):
        # The metric's object is not pushed; its workspace copy restores it.
        flip_bit(path, chance)
    for stage in ("s0", "s4", "s8", "s12"):
        (made.root / f"fail-{stage}").touch()
    [damage] = find_damage([made.workspace])
    assert len(damage.objects) == len(objects_of(made))
    assert repair(damage) == []


def test_damaged_workspace_file_is_restored_from_the_cache(made):
    path = made.root / "s15.txt"
    path.write_text("other")
    [damage] = find_damage([made.workspace])
    assert [ref.path for ref in damage.files] == ["s15.txt"]
    assert repair(damage) == []
    assert path.read_text() != "other"


def test_object_that_nothing_uses_is_named_and_removed(made):
    extra = Cache(made.workspace).path("00" + "1" * 30)
    extra.parent.mkdir(exist_ok=True)
    extra.write_text("not that")
    [damage] = find_damage([made.workspace])
    assert "not used by any dvc.lock here" in "".join(damage.describe())
    assert repair(damage) == []
    assert not extra.exists()


def test_what_cannot_be_made_again_is_said(made):
    chance = random.Random(2)
    made_by_s4 = Cache(made.workspace).path(
        next(r.md5 for r in Cache(made.workspace).find_references() if r.stage == "s4")
    )
    flip_bit(made_by_s4, chance)
    (made.root / "fail-s4").touch()
    [damage] = find_damage([made.workspace])
    assert repair(damage) == [f"{made.root}: s4 made other bytes than dvc.lock said, or failed"]

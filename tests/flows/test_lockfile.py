import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.errors import DataError
from flows import lockfile

STAGES = ["check", "train@a", "train@b"]


def entry(stage: str) -> str:
    return (
        f"  {stage}:\n    cmd: make {stage}\n    deps:\n    - path: in.txt\n      hash: md5\n"
        f"      md5: 0a1b\n      size: 3\n    outs:\n    - path: {stage}.txt\n      hash: md5\n"
        f"      md5: 2c3d\n      size: 3\n"
    )


def text_of(stages: list[str]) -> str:
    return lockfile.HEAD + "".join(map(entry, stages))


@pytest.mark.parametrize("stages", [STAGES[::-1], [STAGES[1], STAGES[2], STAGES[0]]])
def test_sorting_gives_the_bytes_of_the_other_order(tmp_path, stages):
    (tmp_path / "dvc.lock").write_text(text_of(stages))
    lockfile.sort(tmp_path / "dvc.lock", STAGES)
    assert (tmp_path / "dvc.lock").read_text() == text_of(STAGES)


def test_sorting_keeps_unknown_stages_last(tmp_path):
    (tmp_path / "dvc.lock").write_text(text_of(["gone", *STAGES]))
    lockfile.sort(tmp_path / "dvc.lock", STAGES)
    assert (tmp_path / "dvc.lock").read_text() == text_of([*STAGES, "gone"])


def test_reading_names_the_remedy_for_damage(tmp_path):
    assert lockfile.read(tmp_path / "dvc.lock") == {}
    (tmp_path / "dvc.lock").write_text("schema: '2.0'\nstages: {")
    with pytest.raises(DataError, match="make heal"):
        lockfile.read(tmp_path / "dvc.lock")


@given(st.integers(0, len(text_of(STAGES))))
def test_salvage_of_a_cut_file_keeps_only_true_entries(cut):
    whole = lockfile.parse(text_of(STAGES))
    kept = lockfile.parse(lockfile.salvage(text_of(STAGES)[:cut]))
    # The last entry may have lost its end at a line's end: DVC then sees it as changed.
    for number, (stage, values) in enumerate(kept.items()):
        assert stage in whole
        assert values == whole[stage] or number == len(kept) - 1
    complete = sum(text_of(STAGES[: n + 1]) <= text_of(STAGES)[:cut] for n in range(3))
    assert len(kept) >= complete - (not text_of(STAGES)[:cut].endswith("\n"))


@given(st.integers(0, len(text_of(STAGES)) - 1), st.binary(min_size=1, max_size=4))
def test_salvage_always_gives_what_dvc_can_read(place, junk):
    content = text_of(STAGES).encode()
    damaged = content[:place] + junk + content[place + len(junk) :]
    kept = lockfile.salvage(damaged.decode("utf-8", errors="replace"))
    assert kept == "" or yaml.safe_load(kept)["schema"] == "2.0"
    lockfile.parse(kept)

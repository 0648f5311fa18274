import numpy as np
import pytest
from PIL import Image

from crossmodal.evaluate.skipmodal.generation import Mel
from crossmodal.evaluate.skipmodal.retrieval import Direction
from crossmodal.files import sha256
from crossmodal.report.skipmodal.alignments import draw_alignments
from crossmodal.report.skipmodal.curves import draw_curves
from crossmodal.report.skipmodal.found import list_found

NOTHING = np.zeros(0, np.float32)


@pytest.mark.parametrize("alone", [True, False])
def test_alignments_are_drawn_the_same_every_time(tmp_path, alone):
    mel = np.linspace(0, 1, 60, dtype=np.float32).reshape(12, 5)
    attended = Mel(mel, mel[:4, 0], mel[:4])
    spoken = Mel(mel, NOTHING, NOTHING.reshape(0, 1)) if alone else attended
    for name in ("a.png", "b.png"):
        draw_alignments(tmp_path / name, "image to speech", [("7", spoken), ("8", attended)])
    assert sha256(tmp_path / "a.png") == sha256(tmp_path / "b.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.width > image.height > 300


def test_curves_of_runs_with_different_columns(tmp_path):
    (tmp_path / "a.csv").write_text("part,step,text_a,mel\nboth,1,2.5,\nboth,2,1.5,0.3\n")
    (tmp_path / "b.csv").write_text("part,step,cycle_image\nboth,1,2.5\n")
    (tmp_path / "c.csv").write_text("part,step,text_a,mel\nboth,1,9.5,\nboth,2,1.5,0.3\n")
    for name, runs in (("1.png", "ab"), ("2.png", "ab"), ("3.png", "cb")):
        draw_curves(tmp_path / name, {run: tmp_path / f"{run}.csv" for run in runs})
    assert sha256(tmp_path / "1.png") == sha256(tmp_path / "2.png") != sha256(tmp_path / "3.png")


def test_lists_name_the_nearest_first_and_tick_what_is_right():
    similarity = np.array([[0.1, 0.5, 0.2, 0.3], [0.9, 0.0, 0.0, 0.0]])
    relevant = np.array([[False] * 4, [False, True, False, False]])
    words = {"caption": ["red", "blue"], "image": ["[a]", "[b]", "[c]", "[d]"]}
    ways = [Direction("caption", "image", similarity, relevant)]
    ways += [Direction("image", "caption", similarity.T, relevant.T)]
    lines = list_found(ways, words, queries=1).splitlines()
    assert [line for line in lines if line.startswith("**")] == [
        "**image to text**",
        "**text to image**",
    ]
    assert "| blue | [a] | [b] ✓ | [c] |" in lines
    assert "| [b] | red | blue ✓ |" in lines
    assert not any(line.startswith(("| red |", "| [a] |")) for line in lines)
    assert "| red | [b] | [d] | [c] |" in list_found(ways, words, queries=2).splitlines()

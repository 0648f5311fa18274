"""What is broken is counted by kind, described in a line each, and refused above the limit."""

import pytest

from crossmodal.data.broken import SHOWN, BrokenInputs, summarize
from crossmodal.errors import DataError
from crossmodal.files import read_json


def note(limit, images=0, captions=0, listed=(100, 500)):
    broken = BrokenInputs(limit, "max_broken")
    broken.listed["images"], broken.listed["captions"] = listed
    for number in range(images):
        broken.add("images", "missing image", f"{number}.jpg")
    for number in range(captions):
        broken.add("captions", "no words", f"annotation {number}", "only '...'")
    return broken


@pytest.mark.parametrize(
    ("limit", "images", "captions", "excess"),
    [
        (0, 0, 0, ""),
        (0, 1, 0, "1 broken inputs"),
        (3, 1, 2, ""),
        (3, 2, 2, "4 broken inputs"),
        (0.0, 0, 1, "1 broken inputs"),
        (0.02, 2, 10, ""),
        (0.02, 3, 0, "3 of 100 images are broken"),
        # Few captions do not make room for many images.
        (0.02, 3, 1, "3 of 100 images are broken"),
        (0.02, 0, 11, "11 of 500 captions are broken"),
    ],
)
def test_the_limit_is_a_number_or_a_share(tmp_path, limit, images, captions, excess):
    broken = note(limit, images, captions)
    assert broken.find_excess() == excess
    if excess:
        with pytest.raises(DataError, match=rf"^{excess}, max_broken allows {limit}; skipped: "):
            broken.check(tmp_path / "report.json")
    else:
        broken.check(tmp_path / "report.json")


def test_each_kind_is_a_line_with_a_count_and_an_example(tmp_path):
    path = tmp_path / "broken.json"
    note(0).write(path)
    assert summarize(path) == ""
    note(0, images=2, captions=3).write(path)
    assert summarize(path).splitlines() == [
        f"broken inputs skipped: 5, all are in {path}",
        "  2 x missing image, such as 0.jpg",
        "  3 x no words, such as annotation 0 (only '...')",
    ]


def test_strange_and_long_names_stay_on_one_short_line():
    broken = BrokenInputs(0, "limit")
    broken.add("images", "missing image", "a\n\x1b[31m\ud800" + 1000 * "b")
    line = broken.describe()
    assert line.startswith(r"1 x missing image, such as a \x1b[31m\ud800bbb")
    assert len(line) < SHOWN + 50 and line.isprintable()


def test_a_failure_of_any_kind_leaves_the_report_and_success_none(tmp_path):
    path = tmp_path / "report.json"
    with pytest.raises(ZeroDivisionError), note(0, images=2).reported(path):
        raise ZeroDivisionError
    assert read_json(path)["counts"] == {"missing image": 2}
    with note(0, images=2).reported(path):
        assert not path.exists()
    assert not path.exists()
    with pytest.raises(ZeroDivisionError), note(0).reported(path):
        raise ZeroDivisionError
    assert not path.exists()


def test_a_report_that_cannot_be_written_hides_no_error(tmp_path):
    with pytest.raises(ZeroDivisionError), note(0, images=1).reported(tmp_path / "new/report.json"):
        (tmp_path / "new").touch()
        raise ZeroDivisionError

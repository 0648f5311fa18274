"""What there is to see and to hear, and whether what was found is right."""

import json

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from crossmodal.data.skipmodal.captions import captions, spoken
from crossmodal.errors import DataError
from crossmodal.report.media import embed_figure
from crossmodal.report.skipmodal.gallery import (
    Drawing,
    Item,
    Line,
    agree,
    find_examples,
    make_drawings,
    make_line,
    make_utterance,
)
from crossmodal.report.skipmodal.inputs import (
    read_ceilings,
    read_curve,
    read_run,
    read_transcripts,
)
from crossmodal.report.skipmodal.runs import Runs
from crossmodal.report.skipmodal.tables import tabulate_drawings
from tests.pages import Page
from tests.src.evaluate.skipmodal.drawn_scenes import draw
from tests.src.report.skipmodal.test_tables import DRAWN_LIMITS, drawn, run
from tests.src.report.test_media import decode

PIXELS = np.zeros((3, 8, 8), np.uint8)


def test_what_is_true_of_a_scene_is_all_right():
    for scene in draw(5):
        for sentence in (captions(scene)[0], spoken(scene)[0].upper() + "."):
            line = make_line(sentence, scene)
            assert line.right == line.total > 0
        assert make_line("", scene).right == 0 < make_line("", scene).total
    assert make_line("anything", None) == Line("anything")


def test_pictures_and_sentences_agree_where_the_sentence_is_true():
    one, other = draw(2)
    picture = Item(captions(one)[0], PIXELS, one)
    for sentence in spoken(one):
        assert agree(Item(f"“{sentence.capitalize()}.”"), picture)
        assert agree(picture, Item(sentence))
    assert not agree(picture, Item(spoken(other)[0]))
    assert agree(Item("a red one"), Item("“A red one!”"))
    assert not agree(Item("a red one"), Item("a red two"))
    assert agree(Item("x", PIXELS), Item("x")) is None


def test_the_nearest_come_first_in_every_direction():
    vectors = {"caption": np.eye(3), "image": np.eye(3)[[1, 0, 2]]}
    items = {"caption": [Item(word) for word in "abc"], "image": [Item(w, PIXELS) for w in "xyz"]}
    for kind in ("text", "speech"):
        vectors[kind], items[kind] = -np.eye(3), [Item(word) for word in "def"]
    found = {each.title: each.searches for each in find_examples(vectors, items, [0, 2], 2)}
    assert list(found) == [
        *("image to speech", "image to text", "speech to image"),
        *("speech to text", "text to image", "text to speech"),
    ]
    assert [s.item.words for s in found["text to image"]] == ["a", "c"]
    assert [s.found[0][0].words for s in found["text to image"]] == ["y", "z"]
    assert [s.found[0][0].words for s in found["image to text"]] == ["b", "c"]
    assert all(len(s.found) == 2 for searches in found.values() for s in searches)


def test_an_utterance_is_the_clip_with_what_was_heard(tmp_path):
    samples = np.random.default_rng(0).integers(-30_000, 30_000, 800, np.int16)
    soundfile.write(tmp_path / "a.wav", samples, 16_000, subtype="PCM_16")
    scene = draw(1)[0]
    made = make_utterance(
        "ours", tmp_path / "a.wav", Item("", PIXELS, scene), "hm", spoken(scene)[0]
    )
    heard, rate = soundfile.read(decode(made.sound, "audio/flac"), dtype="int16")
    assert rate == 16_000 and np.abs(heard.astype(int) - samples).max() <= 1
    assert made.heard.right < made.heard.total and made.wrote.right == made.wrote.total
    assert make_utterance("x", tmp_path / "a.wav", Item(""), "hm").wrote is None
    with pytest.raises(DataError, match=r"b\.wav is missing"):
        make_utterance("x", tmp_path / "b.wav", Item(""), "")


def test_drawn_pictures_stand_beside_the_real_one_and_words_are_shown_not_obeyed():
    item = Item("a <b> red one", PIXELS)
    samples = [Drawing(item, [("paper", "data:,p"), ("ours", "data:,o")])]
    kinds = {"text to image": samples, "speech to image": [Drawing(Item("of a clip"), [])]}
    runs = Runs({"ours-0": {**run("ours", 0), "drawn": {"test": {"text_to_image": drawn(0.5)}}}})
    grid = tabulate_drawings(runs, DRAWN_LIMITS, ["ours"])
    section = make_drawings([grid], kinds)
    page = Page(section.body)
    sources = [value for tag, name, value in page.attributes if (tag, name) == ("img", "src")]
    assert [source[:5] for source in sources] == ["data:"] * 3 and "data:,o" in sources
    assert "a <b> red one" in page.text and "<b>" not in section.body
    assert page.tables["drawn-1"][1:] == grid.rows and grid.note in page.text
    assert "Speech to image" in page.text
    empty = make_drawings([], {"text to image": []})
    assert "<h3>" not in empty.body and "<table" not in empty.body


def test_figures_stay_as_large_and_nearly_as_they_are(tmp_path):
    pixels = np.full((40, 60, 3), 255, np.uint8)
    pixels[10:20, 10:50] = (47, 111, 176)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    address, width, height = embed_figure(tmp_path / "a.png")
    assert (width, height) == (60, 40)
    shown = np.asarray(Image.open(decode(address, "image/png")).convert("RGB"))
    assert np.abs(shown.astype(int) - pixels).max() <= 4
    assert embed_figure(tmp_path / "a.png") == (address, width, height)


@pytest.mark.parametrize("content", [None, b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"GIF89a"])
def test_what_is_no_figure_is_one_line(tmp_path, content):
    path = tmp_path / "a.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError) as error:
        embed_figure(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


TOLD = {"test": {"image_to_text": {"1": {"said": "a", "references": ["b"]}}}}


def write(path, value):
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def test_inputs_as_written(tmp_path):
    told = read_transcripts(write(tmp_path / "a.json", TOLD))
    assert told["test"]["image_to_text"]["1"].references == ["b"]
    assert read_run(write(tmp_path / "b.json", run("ours", 0))) == run("ours", 0)
    drawing = {**run("ours", 0), "drawn": {"test": {"text_to_image": drawn(0.5)}}}
    assert read_run(write(tmp_path / "b.json", drawing)) == drawing
    limits = {"test": {"original": {"wer": 0.1, "reasons": {}}, **DRAWN_LIMITS["test"]}}
    assert read_ceilings(write(tmp_path / "c.json", limits)) == limits
    curve = read_curve(write(tmp_path / "d.csv", "part,step,mel\nboth,5,\nboth,9,0.5\n"))
    assert curve["step"].tolist() == [5, 9] and curve["mel"].dropna().tolist() == [0.5]


@pytest.mark.parametrize("reader", [read_transcripts, read_run, read_ceilings])
@pytest.mark.parametrize(
    "value", ["{", "[]", '{"test": {"image_to_text": {"1": {"said": 1}}}}', '{"splits": 1}', "7"]
)
def test_damaged_json_is_one_line(tmp_path, reader, value):
    path = write(tmp_path / "a.json", value)
    with pytest.raises(DataError) as error:
        reader(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"psnr": None}, "psnr"),
        ({"reasons": {}, "bright": None}, "bright"),
        ({"bright": "all"}, "bright"),
        ({"attributes": {"digit": "most"}}, "digit"),
        ({"attributes": [0.5]}, "attributes"),
    ],
)
def test_damaged_measures_of_pictures_are_one_line(tmp_path, change, said):
    damaged = drawn(0.5) | change
    measured = {**run("ours", 0), "drawn": {"test": {"speech_to_image": damaged}}}
    for reader, value in (
        (read_run, measured),
        (read_ceilings, {"test": {"pictures": damaged}}),
    ):
        path = write(tmp_path / "m.json", value)
        with pytest.raises(DataError, match=rf"{path} is damaged: .*{said}") as error:
            reader(path)
        assert "\n" not in str(error.value)


def test_pictures_of_another_direction_or_split_are_refused(tmp_path):
    path = write(tmp_path / "m.json", {"test": {"pictures": None}})
    with pytest.raises(DataError, match=r"is damaged: test\.pictures"):
        read_ceilings(path)
    for where in ({"test": {"text_to_speech": drawn(0.5)}}, {"tset": {}}, []):
        path = write(tmp_path / "m.json", {**run("ours", 0), "drawn": where})
        with pytest.raises(DataError, match="is damaged: drawn"):
            read_run(path)


NAMES = st.sampled_from(["test", "image_to_text", "said", "references", "variant", "reasons", "1"])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(JSON)
def test_any_json_is_read_or_a_clear_error(tmp_path, value):
    path = write(tmp_path / "m.json", value)
    for reader in (read_transcripts, read_run, read_ceilings):
        try:
            reader(path)
        except DataError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize("content", ["", "part,step\n", "part,mel\na,1\n", "part,step\na,b\n"])
def test_damaged_curves_are_one_line(tmp_path, content):
    with pytest.raises(DataError) as error:
        read_curve(write(tmp_path / "c.csv", content))
    assert "is damaged" in str(error.value) and "\n" not in str(error.value)

"""The tabs' controls, without a browser."""

import re

import pytest

pytest.importorskip("gradio")

import gradio as gr
from PIL import Image

from crossmodal.demo import scene_tabs, sketch, tabs
from crossmodal.demo.page import build_page, build_theme
from crossmodal.demo.scene_studio import SceneStudio
from crossmodal.demo.studio import Studio
from crossmodal.demo.transcriber import Transcriber
from crossmodal.errors import DataError
from crossmodal.inference.bundle import write_bundle
from crossmodal.inference.sources import SOUNDS
from tests.src.inference.conftest import make_image
from tests.src.inference.skipmodal.small_bundles import SEEN, SENTENCE, UNSEEN, make_skip_bundle

DOUBLE, COLORED, DIRECT = "double-mlp_ae", "colored-mlp_ae", "double-direct"


def test_nothing_of_the_page_is_a_public_interface(studio, scenes):
    config = build_page(studio, scenes, Transcriber()).get_config_file()
    assert config["dependencies"]
    public = [d for d in config["dependencies"] if d["api_visibility"] == "public"]
    assert public == [] and config["analytics_enabled"] is False


@pytest.mark.parametrize(
    ("families", "parts"),
    [(("double",), {"text-make"}), (("skipmodal",), {"sentence-make"}),
     (("double", "skipmodal"), {"text-make", "sentence-make"})],
)  # fmt: skip
def test_the_page_offers_the_models_that_there_are(bundles, tmp_path, families, parts):
    for path in bundles.iterdir():
        if path.name.startswith(families):
            (tmp_path / path.name).symlink_to(path)
    page = build_page(Studio(tmp_path), SceneStudio(tmp_path), Transcriber())
    ids = {part["props"].get("elem_id") for part in page.get_config_file()["components"]}
    assert ids & {"text-make", "sentence-make"} == parts


def test_sentences_to_try_are_captions_of_the_gallery(scenes):
    examples = scene_tabs.renew_sentences(scenes, "skipmodal-ours-0")[0].choices
    assert [text for _, text in examples] == [UNSEEN] * 3 + [SEEN] * 3
    for label, text in examples:
        answer = scenes.from_words("skipmodal-ours-0", text)
        assert answer.main.seen_in_training == ("never" not in label)


def test_fonts_are_the_machines_own():
    theme = build_theme()
    assert theme._stylesheets == [] and not re.search(r"url\((?!\"data:)", theme._get_theme_css())


def test_lists_are_those_of_the_model(studio):
    plain, colored = (tabs.renew_lists(studio, name) for name in (DOUBLE, COLORED))
    assert [update.visible for update in plain] == [True, True, False, False]
    assert [update.label for update in colored] == [
        "Left colour", "Left digit", "Right colour", "Right digit",
    ]  # fmt: skip
    assert [value for _, value in colored[2].choices] == ["red", "green", "blue"]


def test_lists_follow_the_text_as_far_as_it_is_known(studio):
    assert tabs.follow_words(studio, DOUBLE, "75")[:2] == ["seven", "five"]
    assert tabs.follow_words(studio, COLORED, "red 7 blue 5") == ["red", "seven", "blue", "five"]
    assert tabs.follow_words(studio, DOUBLE, "seven fi") == [gr.skip()] * 4


@pytest.mark.parametrize("name", [DOUBLE, COLORED, DIRECT])
@pytest.mark.parametrize("seen", [False, True])
def test_lots_are_of_the_kind_asked_for(studio, name, seen):
    for _ in range(5):
        text = tabs.draw_words(studio, seen, name)
        assert studio.from_words(name, text).main.seen_in_training is seen


def test_words_stay_where_the_next_model_knows_them(studio):
    assert tabs.keep_words(studio, DIRECT, "seven five") == "seven five"
    changed = tabs.keep_words(studio, COLORED, "seven five")
    assert studio.from_words(COLORED, changed).main.seen_in_training is False
    assert tabs.keep_words(studio, DOUBLE, changed) != changed


@pytest.mark.parametrize("name", [DOUBLE, COLORED, DIRECT])
def test_spoken_examples_are_what_they_say(studio, name):
    examples = tabs.renew_speech(studio, name)[1].choices
    assert len(examples) == 2 * tabs.SPOKEN
    for label, text in examples:
        answer = studio.from_voice(name, text)
        assert answer.main.words == tuple(text.split())
        assert answer.main.seen_in_training == ("never" not in label)


def test_galleries_hide_where_a_model_has_no_pictures(studio):
    assert [update.visible for update in tabs.renew_pictures(studio, DIRECT)[1:3]] == [False] * 2
    never, seen = tabs.renew_pictures(studio, COLORED)[1:3]
    assert never.visible and seen.visible and len(seen.value) == 6


def test_a_picture_is_read_only_where_uploads_are(studio, tmp_path):
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    for folder in (uploads, tmp_path):
        Image.fromarray(make_image(("three", "eight"), 1)[0]).save(folder / "38.png")
    (uploads / "link.png").symlink_to(tmp_path / "38.png")
    answer = tabs.see(studio, uploads, DOUBLE, {"path": str(uploads / "38.png")})
    assert answer.main.words == ("three", "eight")
    for path in (tmp_path / "38.png", uploads / "../38.png", uploads / "link.png", None):
        with pytest.raises(DataError, match="not uploaded"):
            tabs.see(studio, uploads, DOUBLE, {"path": path and str(path)})


def test_a_recording_is_taken_only_from_where_uploads_are(tmp_path):
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    for folder in (uploads, tmp_path):
        (folder / "me.webm").touch()
    (uploads / "link.webm").symlink_to(tmp_path / "me.webm")
    inside = str(uploads / "me.webm")
    assert tabs.take_upload(uploads, {"path": inside}) == inside
    outside = [tmp_path / "me.webm", uploads / "../me.webm", uploads / "link.webm", "/etc/hostname"]
    for upload in (*({"path": str(path)} for path in outside), {"path": None}, None):
        with pytest.raises(gr.Error, match="not uploaded"):
            tabs.take_upload(uploads, upload)


def test_the_button_for_recordings_takes_what_the_command_takes():
    with gr.Blocks() as blocks:
        tabs.add_recording("speech")
    (button,) = [part for part in blocks.blocks.values() if isinstance(part, gr.UploadButton)]
    assert {".webm", ".mp4", ".m4a", ".wav"} <= {*button.file_types} == {*SOUNDS}


@pytest.mark.parametrize(
    ("name", "inks"), [(DOUBLE, ["black"]), (COLORED, ["red", "green", "blue"])]
)
def test_inks_are_the_colours_of_the_model(studio, name, inks):
    update = sketch.renew_sketch(studio, name)[0]
    assert [value for _, value in update.choices] == inks and update.value == inks[0]
    assert update.visible is (len(inks) > 1) and {*inks} <= sketch.INKS.keys()


def test_a_drawing_is_read_as_an_upload_is(studio, tmp_path):
    """On a sheet that is transparent, in black."""
    drawn = 255 - make_image(("three", "eight"), 1)[0].repeat(8, 0).repeat(8, 1)
    sheet = Image.new("RGBA", (448, 224), (0, 0, 0, 0))
    sheet.paste("black", mask=Image.fromarray(255 - drawn))
    sheet.save(tmp_path / "drawing.png")
    told = {"path": str(tmp_path / "drawing.png")}
    answer = sketch.look(studio, tmp_path, DOUBLE, told)
    assert answer.source == "image" and answer.picture.shape == (28, 56)
    Image.fromarray(drawn).save(tmp_path / "plain.png")
    same = studio.from_picture(DOUBLE, tmp_path / "plain.png")
    assert (answer.picture == same.picture).all() and answer.main.words == same.main.words
    for told, said in ((None, "nothing is drawn"), ("too much", "not taken: too much")):
        with pytest.raises(DataError, match=said):
            sketch.look(studio, tmp_path, DOUBLE, told)
    with pytest.raises(DataError, match="not uploaded"):
        sketch.look(studio, tmp_path / "uploads", DOUBLE, {"path": str(tmp_path / "drawing.png")})


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A model of a person's own photographs."""
    folder = tmp_path_factory.mktemp("photos")
    bundle = make_skip_bundle("ours-0", folder)
    values = bundle.description.values
    del values["held_out"]
    values["dataset"] = "COCO captions"
    write_bundle(folder / "own", bundle, lambda values: values["name"])
    return SceneStudio(folder)


def test_a_model_of_photographs_takes_a_photo(photos, scenes):
    (name,) = photos.models
    picture = scene_tabs.renew_scenes(photos, name)[0]
    assert picture.label.startswith("A photo (PNG") and "webcam" in picture.sources
    assert photos.example(name) in scene_tabs.renew_spoken(photos, name).label
    picture = scene_tabs.renew_scenes(scenes, "skipmodal-ours-0")[0]
    assert "coloured digits" in picture.label and "webcam" not in picture.sources
    assert "coloured digits" in scene_tabs.renew_spoken(scenes, "skipmodal-ours-0").label


def test_a_sentence_stays_where_the_model_knows_its_words(photos, scenes):
    name = "skipmodal-ours-0"
    assert scene_tabs.keep_sentence(scenes, name, "A red three!") == "A red three!"
    for text in ("", "a dog on a red sofa"):
        assert scene_tabs.keep_sentence(scenes, name, text) == SENTENCE
        assert scene_tabs.keep_sentence(photos, name, text) == SEEN

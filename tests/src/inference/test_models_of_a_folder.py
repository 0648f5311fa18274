"""Models are found by name, at either depth, and the best of a kind is the default one."""

import json
import os

import numpy as np
import pytest

from crossmodal.errors import DataError, ParameterError
from crossmodal.files import write_json
from crossmodal.inference import find_bundles
from crossmodal.inference.bundles import measure, pick_best, read_models
from crossmodal.inference.description import Description, hash_values, list_files
from crossmodal.inference.kinds import look_at

NAMES = ("colored-conv_vae", "double-conv_vae", "double-direct", "skipmodal-ours-0")
SENTENCE = "a red three above a blue seven"
DIGIT_SCENES = {
    "family": "skip-modal", "dataset": "digit scenes", "more": {"vocabulary": SENTENCE.split()},
}  # fmt: skip
KNOWN = {
    NAMES[0]: {"dataset": "colored"}, NAMES[1]: {}, NAMES[2]: {"family": "direct"},
    NAMES[3]: DIGIT_SCENES,
}  # fmt: skip
WHITE = 255


def describe(folder, name, family="embedding-mapping", dataset="double", more=None, **metrics):
    """A bundle of which only the description is there."""
    folder.mkdir(parents=True)
    files = list_files({"weights.safetensors": b"", "README.md": b""})
    values = {"format": 2, "name": name, "family": family, "dataset": dataset, "files": files}
    values |= {"metrics": metrics, **(more or {})}
    write_json(folder / "model.json", {**values, "self_sha256": hash_values(values)})
    return folder


def read(text=None, speech=None):
    """Measures of paper A."""
    found = {"text": text, "speech": speech}
    return {name: {"read": value} for name, value in found.items() if value is not None}


def said(share):
    return {"test": {"image_to_speech": {"attributes": {"overall": share}}}}


@pytest.fixture(params=["flat", "nested", "mixed"])
def shelf(request, tmp_path):
    """The same four models, as stages write them and as people collect them."""
    places = {
        "flat": {name: name for name in NAMES},
        "nested": {name: name.replace("-", "/", 1) for name in NAMES},
        "mixed": {NAMES[0]: "a", NAMES[1]: "double/b", NAMES[2]: "double-direct", NAMES[3]: "z/z"},
    }
    for name, place in places[request.param].items():
        describe(tmp_path / place, name, **KNOWN[name])
    return tmp_path


def test_names_are_those_of_the_descriptions_wherever_they_lie(shelf):
    found = read_models(shelf)
    assert tuple(found.known) == NAMES and found.damaged == {}
    assert all(known.name == name for name, known in found.known.items())


@pytest.mark.parametrize(
    "name",
    ["double-conv_vae", "double_conv_vae", "double/conv_vae", "DOUBLE-CONV_VAE", "Double Conv-VAE",
     " double-conv_vae ", "double\u2010conv_vae",
     "double\u2013conv\u2014vae", "double\u2212conv_vae"],
)  # fmt: skip
def test_a_name_may_be_joined_in_any_way(shelf, name):
    assert read_models(shelf).find(name).name == "double-conv_vae"


@pytest.mark.parametrize(
    ("name", "near"),
    [("conv_vae", "double-conv_vae"), ("skipmodal-ours", "skipmodal-ours-0"),
     ("double-conv_vea", "double-conv_vae"), ("dobule-direct", "double-direct")],
)  # fmt: skip
def test_the_closest_name_is_offered(shelf, name, near):
    with pytest.raises(ParameterError, match=rf"did you mean .*{near}.*allowed: {NAMES[0]}"):
        read_models(shelf).find(name)


@pytest.mark.parametrize("name", ["", "x", "..", "../double-conv_vae", "double-conv_vae/..", "/"])
def test_what_is_no_name_is_refused(shelf, name):
    with pytest.raises(ParameterError, match="allowed"):
        read_models(shelf).find(name)


def test_two_of_one_name_are_told_apart_by_their_folders(tmp_path):
    for place in ("old", "new/er", "double-mlp_ae"):
        describe(tmp_path / place, "double-conv_vae")
    describe(tmp_path / "other", "double-mlp_ae")
    models = read_models(tmp_path)
    assert [*models.known] == ["./double-mlp_ae", "double-mlp_ae", "new/er", "old"]
    assert models.find("./double-mlp_ae").name == "double-conv_vae"
    assert models.find("double-mlp_ae").name == "double-mlp_ae"
    assert models.find("old").path == tmp_path / "old/model.json"
    assert models.find("NEW/er").path == tmp_path / "new/er/model.json"
    with pytest.raises(ParameterError, match=r"several: .*new/er, old"):
        models.find("double-conv_vae")


def test_what_is_deeper_hidden_or_half_written_is_none(tmp_path):
    describe(tmp_path / "a/b/c", "deep")
    describe(tmp_path / ".tmp-x", "hidden")
    describe(tmp_path / "y/.tmp-x", "hidden")
    describe(tmp_path / "one", "one")
    describe(tmp_path / "one/inner", "inner")  # inside a bundle
    (tmp_path / "empty").mkdir()
    assert find_bundles(tmp_path) == [tmp_path / "one"]


def test_a_loop_of_folders_ends(tmp_path):
    describe(tmp_path / "one", "one")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "own").symlink_to("own")
    assert {path.name for path in find_bundles(tmp_path)} == {"one"}


def test_damaged_ones_hide_no_other_and_are_named(shelf):
    models = read_models(shelf)
    path = models.find("double-direct").path
    path.unlink()
    path.symlink_to("nowhere")
    models = read_models(shelf)
    assert [*models.damaged] == [path.parent] and "double-direct" not in models.known
    assert models.find("double-conv_vae").name == models.choose("75").name == "double-conv_vae"
    with pytest.raises(DataError, match="missing"):
        models.find(path.parent.relative_to(shelf).as_posix())


@pytest.mark.parametrize(
    ("models", "best"),
    [
        ({"conv_ae": read(0.94, 0.88), "conv_vae": read(0.38, 0.36)}, "conv_ae"),
        ({"conv_ae": read(0.38, 0.36), "conv_vae": read(0.94, 0.88)}, "conv_vae"),
        ({"b": read(0.9, 0.7), "a": read(0.8, 0.8)}, "a"),  # a tie: by name
        ({"a": read(), "b": read(0.1, 0.1)}, "b"),  # not measured: last
        ({"a": read(0, 0), "b": read()}, "a"),
        ({"b": read(), "a": read()}, "a"),
        ({"a": read(0.5), "b": read(0.6, 0.3)}, "a"),  # the mean of what there is
        ({"a": {"text": None, "speech": 7}, "b": read(0.1, 0.1)}, "b"),
        ({"a": read("high", True), "b": read(0.1, 0.1)}, "b"),
        ({"a": read(99, 1e300), "b": read(0.1, 0.1)}, "b"),  # no shares
    ],
)
def test_the_best_of_a_kind_is_the_one_that_reads_best(tmp_path, models, best):
    for name, metrics in models.items():
        describe(tmp_path / name, name, **metrics)
    assert read_models(tmp_path).defaults() == {"double": best}


def test_a_model_of_more_directions_goes_first(tmp_path):
    describe(tmp_path / "direct", "direct", family="direct", **read(1.0, 1.0))
    describe(tmp_path / "vae", "vae", **read(0.1, 0.1))
    assert read_models(tmp_path).defaults() == {"double": "vae"}


def test_paper_b_is_known_by_its_family_not_by_its_name(tmp_path):
    describe(tmp_path / "a", "double-conv_vae", family="skip-modal", dataset="x", **said(0.2))
    describe(tmp_path / "b", "best", family="skip-modal", dataset="x", **said(0.9))
    describe(tmp_path / "c", "skipmodal-ours-0", **read(0.5, 0.5))
    models = read_models(tmp_path)
    assert models.defaults() == {"double": "skipmodal-ours-0", "scenes": "best"}
    assert measure(models.known["best"]) == 0.9
    assert pick_best({name: models.known[name] for name in ("best", "double-conv_vae")}) == "best"


def test_models_of_photographs_are_compared_by_the_words_of_their_speech(tmp_path):
    """No attributes are known of photographs; of scenes BLEU-1 says less than they do."""
    for name, bleu in (("a", 0.1), ("b", 0.4), ("c", 0.2)):
        spoken = {"attributes": {}, "bleu1": bleu}
        measured = {"image_to_speech": spoken}
        describe(tmp_path / name, name, family="skip-modal", dataset="x", test=measured)
    assert read_models(tmp_path).defaults() == {"scenes": "b"}


def test_without_metrics_nothing_fails(tmp_path):
    values = json.loads((describe(tmp_path / "a", "a") / "model.json").read_text())
    del values["metrics"]
    write_json(tmp_path / "a/model.json", {**values, "self_sha256": hash_values(values)})
    assert read_models(tmp_path).defaults() == {"double": "a"}


@pytest.mark.parametrize("changes", [{"family": 7}, {"family": "gan"}, {"dataset": ["double"]}])
def test_a_model_of_an_unknown_kind_disturbs_no_other(tmp_path, changes):
    describe(tmp_path / "a", "a")
    values = json.loads((describe(tmp_path / "b", "b") / "model.json").read_text()) | changes
    write_json(tmp_path / "b/model.json", {**values, "self_sha256": hash_values(values)})
    models = read_models(tmp_path)
    assert [*models.known] == ["a"] and [path.name for path in models.damaged] == ["b"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_passed(tmp_path):
    describe(tmp_path / "a", "a")
    (tmp_path / "closed").mkdir(0)
    assert [*read_models(tmp_path).known] == ["a"]


def paint(ground, *inks, shape=(60, 120), mode=3):
    """Strokes side by side."""
    pixels = np.full((*shape, mode), ground, np.uint8)
    width = shape[1] // len(inks)
    for number, ink in enumerate(inks):
        pixels[10:-10, number * width + 10 : (number + 1) * width - 10] = ink
    return pixels


BLACK, PAPER = (0, 0, 0), (245, 243, 238)
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


@pytest.mark.parametrize(
    ("pixels", "colored"),
    [
        (paint(BLACK, RED, BLUE), True),
        (paint(BLACK, GREEN, GREEN), True),
        (paint((20, 20, 25), (230, 30, 40), (60, 80, 250)), True),
        (paint((0, 0, 0, 0), (*RED, 255), (*BLUE, 255), mode=4), True),  # transparent
        (paint(BLACK, (WHITE,) * 3, (WHITE,) * 3), False),
        (paint(BLACK, RED, (WHITE,) * 3), False),
        (paint(PAPER, (20, 25, 120), (20, 25, 120)), False),  # dark blue ink
        (paint(PAPER, RED, BLUE), False),
        (paint((0, 0, 0, 0), (20, 25, 120, 255), (20, 25, 120, 255), mode=4), False),
        (paint(BLACK, (255, 240, 0), (255, 240, 0)), False),  # yellow
        (paint(BLACK, (0, 0, 90), (0, 0, 90)), False),
        (paint((40, 60, 160), (WHITE,) * 3, (WHITE,) * 3), False),  # white on blue
    ],
)
def test_colours_are_bright_ones_on_a_dark_ground(pixels, colored):
    assert look_at(pixels).colored is colored


@pytest.mark.parametrize("shape", [(60, 60), (60, 72), (72, 60)])
def test_a_square_picture_of_no_colour_needs_a_model(shelf, shape):
    found = read_models(shelf)
    unclear = paint(PAPER, (30, 30, 30), (30, 30, 30), shape=shape)
    with pytest.raises(ParameterError, match=r"--model: .*double-conv_vae.*skipmodal-ours-0"):
        found.choose(unclear)
    assert found.choose(paint(BLACK, RED, shape=shape)).name == "skipmodal-ours-0"
    for name in (NAMES[1], NAMES[3]):
        place = describe(shelf / f"alone/{name}/x", name, **KNOWN[name]).parent
        assert read_models(place).choose(unclear).name == name


def test_pictures_go_where_their_colours_belong(shelf):
    models = read_models(shelf)
    assert models.choose(paint(PAPER, (20, 25, 120), (20, 25, 120))).name == "double-conv_vae"
    assert models.choose(paint(BLACK, RED, BLUE)).name == "colored-conv_vae"
    assert models.choose(SENTENCE).name == "skipmodal-ours-0"


def test_photographs_may_be_anything(tmp_path):
    describe(tmp_path / "a", "photos", family="skip-modal", dataset="COCO captions")
    describe(tmp_path / "b", "digits")
    with pytest.raises(ParameterError, match="--model"):
        read_models(tmp_path).choose(paint(PAPER, (30, 30, 30), (30, 30, 30)))


def test_descriptions_are_not_taken_on_trust():
    assert measure(Description(None, {"family": "direct", "metrics": [1]})) == -1

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossmodal.errors import DataError
from crossmodal.report.mapping.inputs import (
    read_accuracy,
    read_curve,
    read_measures,
    read_pictures,
)
from crossmodal.report.mapping.paper import MODALITIES, MODELS

CELL = {"psnr": 15.1, "read": 0.5, "read_std": 0.1, "retrieval": 0.2}


def write(path, value):
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def test_measures_as_written(tmp_path):
    measures = {"text": CELL, "speech": {"psnr": 14, "read": 1}}
    assert read_measures(write(tmp_path / "m.json", measures)) == measures


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"text": CELL}, "speech.psnr is missing"),
        ({"text": CELL, "speech": {"psnr": 15.0}}, "speech.read is missing"),
        ({"text": CELL, "speech": {**CELL, "psnr": "15"}}, "speech.psnr is not a finite number"),
        ({"text": CELL, "speech": {**CELL, "read": None}}, "speech.read is not a finite number"),
        ({"text": CELL, "speech": {**CELL, "read": True}}, "speech.read is not a finite number"),
        ('{"text": {"psnr": NaN, "read": 1}}', "text.psnr is not a finite number"),
        ([], "its content is not"),
        ("{", "cannot be read as JSON"),
    ],
)
def test_damaged_measures_are_one_line(tmp_path, content, words):
    path = write(tmp_path / "m.json", content)
    with pytest.raises(DataError) as error:
        read_measures(path)
    assert words in str(error.value) and str(path) in str(error.value)
    assert "\n" not in str(error.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "speech", "psnr", "read", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON)
def test_any_json_is_measures_or_a_clear_error(tmp_path, value):
    path = write(tmp_path / "m.json", value)
    try:
        measures = read_measures(path)
    except DataError as error:
        assert "\n" not in str(error)
    else:
        for modality in MODALITIES:
            assert all(np.isfinite(measures[modality][name]) for name in ("psnr", "read"))


@pytest.mark.parametrize(
    "content", ['{"test_accuracy": 98}', "{}", "[]", "1", '{"test_accuracy": NaN}']
)
def test_accuracy_is_a_share(tmp_path, content):
    assert read_accuracy(write(tmp_path / "good.json", {"test_accuracy": 0.98})) == 0.98
    with pytest.raises(DataError, match="test_accuracy"):
        read_accuracy(write(tmp_path / "bad.json", content))


def test_curves(tmp_path):
    curve = read_curve(write(tmp_path / "c.csv", "images,reconstruction,divergence\n8,400.5,1\n"))
    assert curve.to_dict("list") == {"images": [8.0], "reconstruction": [400.5]}
    with pytest.raises(DataError, match="is missing"):
        read_curve(tmp_path / "none.csv")


@pytest.mark.parametrize(
    "content",
    ["", "images\n1\n", "images,reconstruction\n", "images,reconstruction\n1,a\n", 'a"b\n"\0'],
)
def test_damaged_curves_are_one_line(tmp_path, content):
    with pytest.raises(DataError) as error:
        read_curve(write(tmp_path / "c.csv", content))
    assert "is damaged" in str(error.value) and "\n" not in str(error.value)


def arrays(classes=(5, 75), shape=(1, 28, 56)):
    names = [f"{model}-{modality}" for model in MODELS for modality in MODALITIES]
    images = np.random.default_rng(0).integers(0, 256, (len(classes), *shape), np.uint8)
    return {"classes": np.array(classes), **dict.fromkeys(names, images)}


def test_pictures_as_written(tmp_path):
    np.savez_compressed(tmp_path / "p.npz", **arrays())
    read = read_pictures(tmp_path / "p.npz", "double", MODELS)
    assert read.keys() == arrays().keys()
    assert np.array_equal(read["mlp_ae-speech"], arrays()["mlp_ae-speech"])


@pytest.mark.parametrize(
    "change",
    [
        {"classes": np.array([5, 100])},
        {"classes": np.array([-1, 5])},
        {"classes": np.array([5])},
        {"classes": np.array([5.0, 6.0])},
        {"direct-text": np.zeros((2, 3, 28, 56), np.uint8)},
        {"direct-text": np.zeros((2, 1, 28, 56), np.float32)},
        {"direct-text": np.array([{"a": 1}], object)},
        {"direct-text": None},
    ],
)
def test_pictures_that_disagree_are_refused(tmp_path, change):
    kept = {name: array for name, array in {**arrays(), **change}.items() if array is not None}
    np.savez(tmp_path / "p.npz", **kept)
    with pytest.raises(DataError, match=r"p\.npz is damaged"):
        read_pictures(tmp_path / "p.npz", "double", MODELS)


def test_cut_or_foreign_picture_files_are_refused(tmp_path):
    path = tmp_path / "p.npz"
    with pytest.raises(DataError, match="is missing"):
        read_pictures(path, "double", MODELS)
    np.savez_compressed(path, **arrays())
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for size in [0, 3, 100, *rng.integers(0, len(whole), 40)]:
        path.write_bytes(whole[:size])
        with pytest.raises(DataError):
            read_pictures(path, "double", MODELS)
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(DataError, match="is damaged"):
        read_pictures(path, "double", MODELS)

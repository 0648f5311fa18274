import numpy as np
import pytest

from crossmodal.data.skipmodal.captions import captions
from crossmodal.data.skipmodal.scene_json import kept_reader, write_scenes
from crossmodal.data.skipmodal.scenes import Item, Scene
from crossmodal.errors import DataError
from crossmodal.models.classifier import DigitClassifier
from crossmodal.models.weights import save_weights
from crossmodal.train.curve import Curve
from pipeline.skipmodal.curves import write_curves
from pipeline.skipmodal.hearing import read_clips
from pipeline.skipmodal.pair_data import find_scenes
from pipeline.skipmodal.paths import IMAGE_TEXT
from pipeline.skipmodal.picture_data import open_reader

RED = Scene((Item(size="small", color="red", digit="two"),), "horizontal")
BLUE = Scene((Item(size="large", color="blue", digit="six"),), "horizontal")


@pytest.mark.parametrize(
    ("names", "texts", "found"),
    [
        (["1", "2"], [RED, BLUE], [RED, BLUE]),
        (["2"], [BLUE], [BLUE]),
        (["1", "2"], [RED, RED], None),  # captions of something else: images of your own
        (["1", "4"], [RED, RED], None),
        (["3"], [RED], None),
    ],
)
def test_scenes_are_those_that_the_texts_are_about(tmp_path, names, texts, found):
    write_scenes(tmp_path / "scenes.json", {"1": RED, "2": BLUE, "3": None})
    said = dict(zip(names, map(captions, texts), strict=True))
    about = find_scenes(
        tmp_path / "scenes.json", names, lambda name, scene: said[name] == captions(scene)
    )
    assert about == found


def test_who_reads_drawn_pictures_lies_beside_the_shards_of_scenes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert open_reader() is None  # of pictures of your own
    save_weights(kept_reader(IMAGE_TEXT) / "digits", DigitClassifier(), {})
    picture = np.zeros((32, 32, 3), np.uint8)
    picture[8:24, 12:20, 2] = 255
    (mark,) = open_reader().read(picture)
    assert (mark.item.size, mark.item.color) == ("large", "blue")
    (kept_reader(IMAGE_TEXT) / "digits.safetensors").unlink()
    with pytest.raises(DataError, match=r"reader/digits\.safetensors"):
        open_reader()


def test_no_clips_are_an_error_that_says_so(tmp_path):
    with pytest.raises(DataError, match="0 have"):
        read_clips([])


def test_losses_and_validations_of_a_step_share_a_row(tmp_path):
    curve = Curve(
        rows=[{"step": 2, "loss": 1.234567, "mel": None}, {"step": 4, "loss": 0.5, "mel": 0.25}],
        validations=[{"step": 3, "score": -1.0}, {"step": 4, "score": -0.5}],
    )
    write_curves(tmp_path / "curves.csv", {"both": curve})
    assert (tmp_path / "curves.csv").read_text().splitlines() == [
        "part,step,loss,mel,score",
        "both,2,1.2346,,",
        "both,3,,,-1",
        "both,4,0.5,0.25,-0.5",
    ]

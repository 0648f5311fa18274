"""Paper B's stages on real photos and recordings, at the paper's sizes."""

import numpy as np
import pytest
import yaml

from crossmodal.data.audio import read_audio
from crossmodal.data.skipmodal.pair_store import ImageTextStore, TextSpeechStore
from crossmodal.errors import ParameterError
from crossmodal.files import read_json
from pipeline.run_scale import fill_in, merge
from pipeline.skipmodal import (
    generate_skipmodal,
    plan_skipmodal,
    shard_captions,
    shard_speech,
    train_post_net,
    train_skipmodal,
)
from pipeline.skipmodal.paths import IMAGE_TEXT, SKIPMODAL_GENERATED, TEXT_SPEECH

RUN = "paper-0"


@pytest.fixture
def folder(project, real, tmp_path, monkeypatch):
    """A project with the parameters of the scale `real`."""
    monkeypatch.setenv("CROSSMODAL_REAL_DATA", str(real.resolve()))
    params = yaml.safe_load((project / "params.yaml").read_text())
    path = project / "scales/real.yaml"
    overlay = fill_in(yaml.safe_load(path.read_text()), path)
    values = merge(params, overlay, "real")
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(values))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_a_photo_is_spoken_of_at_the_papers_sizes(folder, real):
    for each in (shard_captions, shard_speech, plan_skipmodal, train_post_net):
        each.main()
    train_skipmodal.main(RUN)
    generate_skipmodal.main(RUN)
    images, clips = (
        ImageTextStore.open(IMAGE_TEXT, "test"),
        TextSpeechStore.open(TEXT_SPEECH, "test"),
    )
    assert images.images.shape[1:] == (3, 128, 128) and clips.linear(0).shape[1] == 1025
    (wav,) = (SKIPMODAL_GENERATED / RUN / "test/image_to_speech").glob("*.wav")
    assert (real / f"coco/val2017/{int(wav.stem):012d}.jpg").is_file()
    samples, rate = read_audio(wav)
    assert rate == 16000 and len(samples) > 0.05 * rate and np.abs(samples).max() > 0
    written = read_json(SKIPMODAL_GENERATED / RUN / "test/texts.json")
    assert set(written["image_to_text"]) == set(images.ids[:4])
    curve = (folder / f"metrics/skipmodal/curves/{RUN}.csv").read_text().splitlines()
    assert len(curve) == 5 and "nan" not in "".join(curve)


def test_without_the_environment_variable_the_scale_says_so(project, monkeypatch):
    monkeypatch.delenv("CROSSMODAL_REAL_DATA", raising=False)
    path = project / "scales/real.yaml"
    with pytest.raises(ParameterError, match=r"real\.yaml: set .* CROSSMODAL_REAL_DATA"):
        fill_in(yaml.safe_load(path.read_text()), path)

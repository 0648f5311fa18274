"""The model card of paper A's bundles, for people and for hubs."""

import pytest
from huggingface_hub import ModelCard
from huggingface_hub.repocard import metadata_load

from crossmodal.report.mapping.model_card import describe_data, write_card

VALUES = {
    "name": "double-conv_vae", "dataset": "double", "family": "embedding-mapping",
    "held_out": ["07", "42"], "gallery": 12, "data": describe_data("hibari"),
    "files": {"weights.safetensors": {"sha256": "abc"}},
    "speech": {"voice": "hibari"},
    "metrics": {
        "speech": {"psnr": 15.8853, "psnr_std": 0.012, "read": 0.9792},
        "text": {"psnr": 15.782, "psnr_std": 0.0114, "read": 0.9375},
    },
    "found": {"image to text": {"train": 0.57, "held_out": 0.5}},
}  # fmt: skip


def test_the_card_has_the_numbers_of_the_run_beside_the_papers():
    card = write_card(VALUES)
    assert "\n---\n\n# double-conv_vae\n" in card
    assert "| text to image | 15.82 | 15.78 ± 0.01 | 0.94 |" in card
    assert "| speech to image | 16.32 | 15.89 ± 0.01 | 0.98 |" in card
    assert "| image to text | 0.57 | 0.50 |" in card
    for part in ("For the 2 digit pairs", "(07, 42)", "`abc`", "12 real images", "CC BY-SA 4.0"):
        assert part in card
    assert not set("{}") & set(card)


def test_the_baseline_promises_no_more_than_it_has():
    values = {key: value for key, value in VALUES.items() if key not in ("gallery", "found")}
    values |= {"name": "double-direct", "family": "direct"}
    card = write_card(values)
    assert "| text to image | 14.73 |" in card
    assert "retrieve" not in card and "real images to search" not in card


@pytest.mark.parametrize(("voice", "named"), [("hibari", False), ("fsdd", True)])
def test_the_voice_is_named_with_its_licence(voice, named):
    names = [source["name"] for source in describe_data(voice)]
    assert ("Free Spoken Digit Dataset" in names) is named
    assert all(source["licence"] for source in describe_data(voice))


def test_what_was_measured_with_the_default_voice_is_not_said_of_another():
    assert "78 % are heard" in write_card(VALUES)
    assert "78 %" not in write_card(VALUES | {"speech": {"voice": "fsdd"}})


@pytest.mark.parametrize("family", ["embedding-mapping", "direct"])
def test_hubs_read_what_was_measured(family, tmp_path):
    (tmp_path / "README.md").write_text(write_card(VALUES | {"family": family}))
    known = ModelCard.load(tmp_path / "README.md").data
    assert (known.model_name, known.license) == ("double-conv_vae", "cc-by-sa-4.0")
    assert known.metrics == ["accuracy", "psnr"] and "double" in known.tags
    read = {
        (result.task_type.split("-")[0], {"accuracy": "read"}.get(result.metric_type, "psnr")):
            result.metric_value
        for result in known.eval_results
    }  # fmt: skip
    assert read == {
        (modality, name): VALUES["metrics"][modality][name]
        for modality in ("text", "speech")
        for name in ("psnr", "read")
    }
    assert len(metadata_load(tmp_path / "README.md")["model-index"]) == 1


def test_data_of_unknown_licence_are_passed_on_as_their_owners_say(tmp_path):
    data = [*VALUES["data"], {"name": "x", "use": "y", "licence": "secret", "source": "z"}]
    (tmp_path / "README.md").write_text(card := write_card(VALUES | {"data": data}))
    assert ModelCard.load(tmp_path / "README.md").data.license == "other"
    assert "handed on as the owners" in card and "handed on under" not in card

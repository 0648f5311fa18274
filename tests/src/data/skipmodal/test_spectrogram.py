"""Spectrograms against librosa's, the way back to sound, and clips that cannot be used."""

import librosa.filters
import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from crossmodal.data.broken import BrokenInput
from crossmodal.data.skipmodal.spectrogram import SpectrogramMaker, read_clip, trim_ends
from tests.src.data.skipmodal.conftest import spectrogram_config

CONFIG = spectrogram_config()
MAKER = SpectrogramMaker(CONFIG)


def tone(frequency=440, seconds=0.5, rate=8000):
    return (0.5 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)).astype(
        "f4"
    )


def noise(length, seed=0):
    return (0.1 * np.random.default_rng(seed).standard_normal(length)).astype(np.float32)


def test_levels_are_those_of_the_textbook():
    samples = noise(1500)
    emphasised = np.append(samples[:1], samples[1:] - 0.97 * samples[:-1])
    padded = np.pad(emphasised, 256, mode="reflect")
    window = np.pad(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400), 56)
    frames = [padded[start : start + 512] * window for start in range(0, 1501, CONFIG.hop)]
    magnitudes = np.abs(np.fft.rfft(frames))
    filters = librosa.filters.mel(sr=8000, n_fft=512, n_mels=20, fmin=50, norm="slaney")
    for found, wanted in zip(
        MAKER.analyse(samples), (magnitudes, magnitudes @ filters.T), strict=True
    ):
        expected = (20 * np.log10(np.maximum(1e-5, wanted)) - 20 + 100) / 100
        assert found.dtype == np.float32
        assert np.abs(found - expected.clip(0, 1)).max() < 1e-4


def test_pre_emphasis_is_undone(monkeypatch):
    maker = SpectrogramMaker(CONFIG)
    samples = noise(1000)
    emphasised = np.append(samples[:1], samples[1:] - np.float32(0.97) * samples[:-1])
    monkeypatch.setattr(maker, "griffin_lim", lambda magnitudes: torch.from_numpy(emphasised))
    assert np.abs(maker.synthesize(np.zeros((11, 257), np.float32)) - samples).max() < 1e-5


@settings(max_examples=15)
@given(length=st.integers(257, 4000), gain=st.floats(0, 1e4))
def test_frames_are_one_more_than_the_hops_and_values_in_the_unit_range(length, gain):
    linear, mel = MAKER.analyse(noise(length) * np.float32(gain))
    assert linear.shape == (1 + length // CONFIG.hop, 257)
    assert mel.shape == (1 + length // CONFIG.hop, 20)
    for values in (linear, mel):
        assert values.min() >= 0 and values.max() <= 1


@pytest.mark.parametrize("frames", [0, 1, 2, 3, 4, 20])
def test_sound_has_a_hop_for_every_frame_but_the_first(frames):
    levels = np.random.default_rng(0).random((frames, 257), np.float32)
    sound = MAKER.synthesize(levels)
    assert len(sound) == max(0, frames - 1) * CONFIG.hop
    assert np.isfinite(sound).all()


def test_sound_comes_back_at_its_pitch_and_the_same_each_time():
    linear, _ = MAKER.analyse(tone(1000))
    sound = MAKER.synthesize(linear)
    assert np.array_equal(sound, SpectrogramMaker(CONFIG).synthesize(linear))
    assert sound.dtype == np.float32 and np.abs(sound).max() <= 1
    assert abs(np.abs(np.fft.rfft(sound)).argmax() - 1000 * len(sound) / 8000) <= 1


def test_the_way_back_keeps_levels():
    """Without sharpening, analysing the sound again gives nearly the same spectrogram."""
    maker = SpectrogramMaker(spectrogram_config(griffin_lim_power=1.0, griffin_lim_iterations=60))
    linear, _ = maker.analyse(tone(600) + tone(1500) / 3)
    again, _ = maker.analyse(maker.synthesize(linear))
    loud = linear[: len(again)] > 0.6
    assert loud.mean() > 0.02
    assert np.abs(again - linear[: len(again)])[loud].mean() < 0.02  # 2 dB


def test_updates_bring_a_wrong_spectrogram_to_its_mel_and_leave_a_right_one():
    hiss = 0.1 * np.random.default_rng(0).standard_normal(4000).astype(np.float32)
    linear, mel = MAKER.analyse(np.concatenate([hiss, np.zeros_like(hiss)]))
    assert np.allclose(MAKER.match_mel(linear, mel), linear, atol=1e-3)
    inside = torch.from_numpy(mel) > 0

    def error(updates: int) -> float:
        maker = SpectrogramMaker(spectrogram_config(mel_updates=updates))
        made = maker.match_mel(np.full_like(linear, 0.5), mel)
        again = maker.to_levels(maker.to_magnitudes(torch.from_numpy(made)) @ maker.filters)
        return float(np.abs(again - mel)[inside].mean())

    assert error(20) < error(1) < error(0) / 3


def test_levels_and_magnitudes_are_inverse():
    magnitudes = torch.logspace(-3.9, 0.9, 50)
    levels = MAKER.to_levels(magnitudes)
    assert torch.allclose(MAKER.to_magnitudes(torch.from_numpy(levels)), magnitudes, rtol=1e-4)


def test_ends_are_cut_but_for_a_margin():
    samples = np.zeros(8000, np.float32)
    samples[3000:5000] = 0.5
    samples[1000] = samples[7000] = 0.009  # below 2 % of the peak
    cut = trim_ends(samples, CONFIG)
    assert len(cut) == 200 + 2000 + 400  # 25 ms, the sound, 50 ms
    assert (cut[200:2200] == 0.5).all()
    assert np.array_equal(trim_ends(samples[2900:5100], CONFIG), samples[2900:5100])


def test_stereo_clips_are_mixed_down(tmp_path):
    left, right = tone(), noise(len(tone()))
    for name, samples in {"two": np.stack([left, right], 1), "one": (left + right) / 2}.items():
        soundfile.write(tmp_path / f"{name}.wav", samples, 8000, subtype="FLOAT")
    mixed, expected = (read_clip(tmp_path / f"{name}.wav", CONFIG) for name in ("two", "one"))
    assert np.allclose(mixed, expected, atol=1e-6)


def test_clips_are_brought_to_the_sample_rate(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(rate=16000), 16000)
    clip = read_clip(tmp_path / "a.wav", CONFIG)
    assert abs(len(clip) - 4000) < 50
    assert abs(np.abs(np.fft.rfft(clip)).argmax() - 440 * len(clip) / 8000) <= 1


def broken_kind(path, config=CONFIG):
    with pytest.raises(BrokenInput) as caught:
        MAKER.analyse(read_clip(path, config))
    return caught.value.kind


def test_each_broken_clip_has_its_kind(tmp_path):
    clips = {
        "silent": (np.zeros(4000, np.float32), "silent clip"),
        "long": (noise(8001), "clip too long"),
        "short": (noise(256), "clip too short"),
        "nan": (np.full(4000, np.nan, np.float32), "undecodable wav"),
        "infinite": (np.append(noise(4000), np.float32(np.inf)), "undecodable wav"),
        "empty": (np.zeros(0, np.float32), "silent clip"),
    }
    config = spectrogram_config(max_seconds=1)
    for name, (samples, kind) in clips.items():
        soundfile.write(tmp_path / f"{name}.wav", samples, 8000, subtype="FLOAT")
        assert broken_kind(tmp_path / f"{name}.wav", config) == kind
    assert broken_kind(tmp_path / "none.wav") == "missing wav"
    (tmp_path / "folder.wav").mkdir()
    assert broken_kind(tmp_path / "folder.wav") == "undecodable wav"
    soundfile.write(tmp_path / "odd.wav", noise(4000), 7993)
    assert broken_kind(tmp_path / "odd.wav") == "undecodable wav"  # its filter would need gigabytes


@settings(max_examples=50)
@given(data=st.data())
def test_a_damaged_wav_is_refused_or_read(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("wav") / "a.wav"
    soundfile.write(path, tone(seconds=0.05), 8000, subtype="PCM_16")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, 60))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        MAKER.analyse(read_clip(path, CONFIG))
    except BrokenInput as error:
        assert error.kind in (
            "undecodable wav", "truncated wav", "clip too short", "silent clip", "clip too long"
        )  # fmt: skip

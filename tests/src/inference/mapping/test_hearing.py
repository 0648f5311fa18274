from functools import cache

import librosa
import numpy as np
import pytest

from crossmodal.data.torchaudio_backend import resample
from crossmodal.inference.mapping.hearing import STRETCHES, Listener, align, describe_frames
from tests.src.inference.conftest import make_sound

SOUNDS = [make_sound(number) for number in range(13)]


@pytest.fixture(scope="module")
def listener():
    return Listener(SOUNDS, 24000)


def align_slowly(costs):
    """The definition, by recursion."""

    @cache
    def total(i, j):
        if i < 0 or j < 0:
            return 0.0 if i == j == -1 else np.inf
        cost = costs[i, j]
        return min(total(i - 1, j - 1) + 2 * cost, total(i - 1, j) + cost, total(i, j - 1) + cost)

    return total(len(costs) - 1, costs.shape[1] - 1) / sum(costs.shape)


def test_alignment_is_that_of_the_definition():
    costs = np.random.default_rng(0).random((4, 6, 9)).astype(np.float32)
    lengths = np.array([9, 5, 1, 7])
    expected = [align_slowly(c[:, :n]) for c, n in zip(costs, lengths, strict=True)]
    np.testing.assert_allclose(align(costs, lengths), expected, rtol=1e-5)


def test_every_sound_is_nearest_to_itself(listener):
    for number, sound in enumerate(SOUNDS):
        distances = listener.distances(sound)
        assert distances.shape == (13,)
        assert distances[number] < 1e-3 < np.delete(distances, number).min()


@pytest.mark.parametrize("level", [0.05, 3])
def test_loudness_does_not_matter(listener, level):
    for number in range(5):
        np.testing.assert_allclose(
            listener.distances(SOUNDS[number] * np.float32(level)),
            listener.distances(SOUNDS[number]),
            atol=1e-3,
        )


def test_slower_words_in_other_voices_are_heard(listener):
    """Slower by a fifth, every frequency lower by a fifth: as a longer throat would speak."""
    heard = [int(listener.distances(resample(s, 20_000, 24_000)).argmin()) for s in SOUNDS]
    assert sum(number == word for number, word in enumerate(heard)) >= 11


def test_frames_have_mean_zero_whatever_the_stretch():
    frames = describe_frames(SOUNDS[0], 24000, STRETCHES)
    assert len(frames) == len(STRETCHES)
    assert np.isfinite(frames).all() and np.abs(frames[..., :9].mean(1)).max() < 1e-4


def describe_by_librosa(samples, rate, stretch):
    """What `describe_frames` is by its definition, of one stretch."""
    low, high = (min(edge * stretch, rate / 2) for edge in (100, 3800))
    power = librosa.feature.melspectrogram(
        y=samples, sr=rate, n_fft=1024, hop_length=256, n_mels=30, fmin=low, fmax=high
    )
    decibels = librosa.power_to_db(power, ref=np.max, top_db=40)
    values = librosa.feature.mfcc(S=decibels, n_mfcc=9)
    values = values - values.mean(1, keepdims=True)
    values = values / (values.std(1, keepdims=True) + 1e-6)
    slopes = librosa.feature.delta(values, width=5, mode="nearest")
    return np.concatenate([values, 2 * slopes]).T


@pytest.mark.parametrize("rate", [8000, 24000])
def test_frames_are_those_of_librosa(rate):
    for number, sound in enumerate(SOUNDS):
        noise = np.random.default_rng(number).normal(0, 1e-3, len(sound)).astype(np.float32)
        frames = describe_frames(sound + noise, rate, STRETCHES)
        for found, stretch in zip(frames, STRETCHES, strict=True):
            expected = describe_by_librosa(sound + noise, rate, stretch)
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3)


def test_the_shortest_word_can_be_compared(listener):
    assert np.isfinite(listener.distances(make_sound(1, 0.03))).all()


@pytest.mark.filterwarnings("error")
def test_low_rates_end_the_band_early():
    slow = [resample(sound, 24_000, 8_000) for sound in SOUNDS[:4]]
    listener = Listener(slow, 8_000)
    assert [int(listener.distances(sound).argmin()) for sound in slow] == [0, 1, 2, 3]

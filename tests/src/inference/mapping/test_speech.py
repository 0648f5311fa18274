import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.data.audio import trim_silence
from crossmodal.data.torchaudio_backend import resample
from crossmodal.embed.mapping.speech import embed_recording
from crossmodal.errors import DataError
from crossmodal.inference.mapping.speech import embed_word, join_words, prepare_words
from crossmodal.inference.recordings import Recording
from tests.src.inference.conftest import SETTINGS, make_sound

RATE = 24000


def silence(seconds):
    return np.zeros(round(seconds * RATE), np.float32)


def sentence(*numbers, pause=0.25):
    """Sounds with pauses between and around."""
    parts = [part for number in numbers for part in (make_sound(number), silence(pause))]
    return np.concatenate([silence(0.1), *parts])


def split(samples, count=2, rate=RATE):
    return prepare_words([Recording(np.asarray(samples, np.float32), rate)], count, SETTINGS)


@pytest.mark.parametrize("numbers", [(1, 2), (3, 4, 5, 6)])
def test_words_between_pauses_come_back_exactly(numbers):
    words = split(sentence(*numbers), len(numbers))
    for word, number in zip(words, numbers, strict=True):
        assert np.array_equal(word, trim_silence(make_sound(number), 0.02, ""))


def test_joined_words_come_apart_again():
    padded = [np.pad(make_sound(number), 500) for number in (7, 8)]
    joined = join_words(padded, RATE)
    assert len(joined) == 2 * len(padded[0]) + 0.2 * RATE
    assert [len(word) for word in split(joined)] == [len(make_sound(7)), len(make_sound(8))]


def test_a_recording_for_each_word():
    words = [Recording(np.pad(make_sound(n), 99), RATE) for n in (1, 2)]
    found = prepare_words(words, 2, SETTINGS)
    assert np.array_equal(found[1], trim_silence(make_sound(2), 0.02, ""))
    with pytest.raises(DataError, match="3 recordings were given; allowed: 2, one for each word"):
        prepare_words([*words, words[0]], 2, SETTINGS)


def test_short_stops_inside_a_word_and_clicks_do_not_count():
    six = np.concatenate([make_sound(1, 0.2), silence(0.08), make_sound(2, 0.2)])
    click = np.full(200, 0.3, np.float32)
    words = split(np.concatenate([click, silence(0.3), six, silence(0.3), make_sound(3)]))
    assert len(words) == 2


@pytest.mark.parametrize("decibels", [40, 30, 20])
def test_pauses_are_found_in_noise(decibels):
    clean = sentence(1, 2, pause=0.4)
    noise = np.random.default_rng(0).normal(0, 10 ** (-decibels / 20), len(clean))
    words = split(clean + noise * np.sqrt((make_sound(1) ** 2).mean()))
    assert [abs(len(word) / RATE - 0.4) < 0.05 for word in words] == [True, True]


def test_other_rates_are_brought_to_that_of_the_training():
    for rate in (8000, 16_000, 22_050, 44_100, 48_000):
        words = split(resample(sentence(1, 2), RATE, rate), rate=rate)
        assert [abs(len(word) / RATE - 0.4) < 0.02 for word in words] == [True, True]


@pytest.mark.parametrize(
    ("samples", "rate", "message"),
    [
        (sentence(1), RATE, "1 word was heard instead of 2; leave a silence of"),
        (sentence(1, 2, 3), RATE, "3 words were heard instead of 2"),
        (silence(1), RATE, "is silent"),
        (silence(0), RATE, "mono float32 samples, 0.03 to 60 s"),
        (np.full((999, 2), 0.5), RATE, "allowed are mono"),
        (np.full(999, np.nan), RATE, "are no numbers"),
        (silence(61), RATE, "to 60 s"),
        (sentence(1, 2), 4000, "4000 Hz; allowed are usual rates"),
        (sentence(1, 2), 96_001, "96,001 Hz; allowed are usual sample rates"),
        (np.concatenate([make_sound(1, 2.0), silence(1), make_sound(2)]), RATE, r"lasts 2\.00 s"),
    ],
)
def test_recordings_out_of_bounds_say_what_is_allowed(samples, rate, message):
    with pytest.raises(DataError, match=message) as caught:
        split(samples, rate=rate)
    assert "\n" not in str(caught.value)


def test_short_words_are_embedded_as_in_training_and_long_ones_whole():
    short, long = make_sound(1, 0.3), make_sound(1, 0.8)
    before = (12_000 - len(short)) // 2
    padded = np.pad(short, (before, 12_000 - len(short) - before))
    assert np.array_equal(embed_word(short, SETTINGS), embed_word(padded, SETTINGS))
    assert embed_word(long, SETTINGS).shape == (13,)
    assert not np.allclose(embed_word(long, SETTINGS), embed_word(long[:12_000], SETTINGS))


@given(
    st.lists(st.floats(width=32), max_size=300), st.integers(-5, 500_000), st.sampled_from([1, 100])
)
def test_no_samples_crash(values, rate, repeat):
    samples = np.repeat(np.array(values, np.float32), repeat)
    try:
        assert len(split(samples, rate=rate)) == 2
    except DataError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("number", range(13))
def test_a_word_is_embedded_as_in_training(number):
    """There by librosa, here by torchaudio: within 1e-5 of the largest coefficient."""
    word = np.pad(make_sound(number), (1200, 1200))
    trained = embed_recording(word, RATE, SETTINGS)
    embedded = embed_word(make_sound(number), SETTINGS)
    assert embedded.dtype == trained.dtype
    np.testing.assert_allclose(embedded, trained, rtol=0, atol=1e-5 * np.abs(trained).max())

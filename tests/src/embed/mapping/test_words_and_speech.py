import numpy as np
import pytest
import torch

from crossmodal.config.mapping.embeddings import EmbedSpeech, EmbedWords
from crossmodal.data.mapping.words import VOCABULARY
from crossmodal.data.torchaudio_backend import import_torchaudio
from crossmodal.embed.mapping.speech import embed_recording
from crossmodal.embed.mapping.words import embed_words
from crossmodal.errors import DataError

WORDS = EmbedWords(size=13, window=5, min_count=2, negative=5, epochs=3, seed=0)
SPEECH = EmbedSpeech(coefficients=13, mels=64, window_length=1024, hop_length=256)


@pytest.fixture
def articles(tmp_path):
    rng = np.random.default_rng(0)
    lines = [" ".join(rng.choice([*VOCABULARY, "the", "of"], 30)) for _ in range(200)]
    path = tmp_path / "articles.txt"
    path.write_text("\n".join(lines))
    return path


def test_word2vec_is_the_same_every_time_and_separates_the_words(articles):
    first, second = embed_words(articles, WORDS), embed_words(articles, WORDS)
    assert first.shape == (13, 13) and first.dtype == np.float32
    assert np.array_equal(first, second)
    distances = np.linalg.norm(first[:, None] - first[None], axis=-1) + np.eye(13)
    assert distances.min() > 1e-3


def test_words_too_rare_in_the_text_are_named(tmp_path):
    path = tmp_path / "articles.txt"
    path.write_text(" ".join([*VOCABULARY[:-2]] * 3) + "\n")
    with pytest.raises(DataError, match=r"words green, blue; lower embed_words\.min_count"):
        embed_words(path, WORDS)


def test_librosa_and_torchaudio_agree_on_the_coefficients():
    """Within 1e-3 of coefficients that reach several hundred."""
    rng = np.random.default_rng(0)
    samples = (rng.normal(size=12000) * np.hanning(12000) * 0.1).astype(np.float32)
    ours = embed_recording(samples, 24000, SPEECH)
    spectrogram = {"n_mels": 64, "n_fft": 1024, "hop_length": 256}
    scale = {"mel_scale": "slaney", "norm": "slaney"}
    transform = import_torchaudio().transforms.MFCC(24000, 13, melkwargs=spectrogram | scale)
    theirs = transform(torch.from_numpy(samples)).mean(-1).numpy()
    assert np.abs(ours).max() > 100
    assert np.abs(ours - theirs).max() < 1e-3

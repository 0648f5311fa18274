"""Settings of the embeddings of words, speech and images (paper A, section 4)."""

from pydantic import Field

from crossmodal.config.section import Section


class EmbedWords(Section):
    """word2vec on Wikipedia text."""

    size: int = Field(ge=1, le=1000, description="dimensions of a word's embedding")
    window: int = Field(ge=1, le=100, description="words of context on each side")
    min_count: int = Field(ge=1, description="rarer words are left out")
    negative: int = Field(ge=1, le=100, description="noise words a context word")
    epochs: int = Field(ge=1, le=1000)
    seed: int = Field(ge=0)


class EmbedSpeech(Section):
    """Mel-frequency cepstral coefficients, averaged over the frames of a recording."""

    coefficients: int = Field(ge=1, le=128, description="MFCCs a word")
    mels: int = Field(ge=1, le=512, description="mel bands")
    window_length: int = Field(ge=16, description="samples a frame")
    hop_length: int = Field(ge=1, description="samples from frame to frame")


class EmbedImages(Section):
    """The encoder's output for every image."""

    batch_size: int = Field(ge=1, le=65_536)

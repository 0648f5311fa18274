"""Settings of the digit scenes and of the spoken sentences, which are made here."""

from pydantic import Field, model_validator

from crossmodal.config.own_input import OwnInput, find_own
from crossmodal.config.section import Section
from crossmodal.config.skipmodal.pairs import Limit, Sources

# What a person's list of sentences may be: a table, or one sentence a line.
TABLES, LINES = (".csv", ".tsv"), ".txt"


class SceneCounts(Section):
    """Items of each split."""

    train: int = Field(ge=1, le=1_000_000)
    validation: int = Field(ge=1, le=100_000)
    test: int = Field(ge=1, le=100_000)
    binding: int = Field(ge=1, le=100_000)

    @property
    def total(self) -> int:
        """Items of all splits."""
        return self.train + self.validation + self.test + self.binding


class SynthesizeScenes(Section):
    """Digit scenes: pictures with one to three coloured MNIST digits and six captions each."""

    seed: int = Field(ge=0)
    canvas: int = Field(ge=48, le=512, description="side of a picture, pixels")
    counts: SceneCounts


class SpeakSentences(Section):
    """A corpus of sentences, about digit scenes or a person's own, read by one voice.

    `splits` says which part of your own, in their order, is training, validation and test.
    """

    sentences: OwnInput = Field(description="your own list of them, .csv or .txt")
    splits: Sources = Field(description="used with your own sentences only")
    max_broken: Limit = Field(description="sentences that are skipped; more are an error")
    seed: int = Field(ge=0)
    speed: float = Field(ge=0.5, le=2, description="1 is the voice's own")
    other_share: float = Field(ge=0, le=0.9, description="share of sentences about other things")
    threads: int = Field(ge=1, le=256, description="sentences that are spoken at a time")
    counts: SceneCounts

    @model_validator(mode="after")
    def check_sentences(self) -> "SpeakSentences":
        """A list is a file that can be read, and its parts have no names."""
        own = find_own(self.sentences)
        if own is not None and own.suffix.lower() not in (*TABLES, LINES):
            raise ValueError(f"allowed: sentences in a {', '.join(TABLES)} or {LINES} file")
        if any(source.name for source in self.splits.by_split().values()):
            raise ValueError("allowed: splits in percent without a name, such as '[:90%]'")
        return self

"""Settings of the digit scenes and of the spoken sentences, which are made here."""

from pydantic import Field

from crossmodal.config.section import Section


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
    """A corpus of sentences, most of them about digit scenes, read by one voice."""

    seed: int = Field(ge=0)
    speed: float = Field(ge=0.5, le=2, description="1 is the voice's own")
    other_share: float = Field(ge=0, le=0.9, description="share of sentences about other things")
    threads: int = Field(ge=1, le=256, description="sentences that are spoken at a time")
    counts: SceneCounts

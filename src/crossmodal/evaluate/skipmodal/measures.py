"""All measures of a run of paper B, in the form in which a stage writes them, and their limits.

A run is a variant of the model trained with one seed; its name is `run_name(variant, seed)`, such
as "ours-0". Its file below `data/measures/skipmodal/runs` holds a `RunMetrics`; `Limits` stand
beside all runs in `ceilings.json`. Shares are from 0 to 1 (CIDEr from 0 to 10), never percent; what
could not be measured is None (null), never NaN.
"""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from crossmodal.data.skipmodal.scenes import Scene, Split
from crossmodal.evaluate.skipmodal.attributes import attribute_shares
from crossmodal.evaluate.skipmodal.caption_scores import caption_scores, distinct_words
from crossmodal.evaluate.skipmodal.drawn_scenes import DrawnMetrics
from crossmodal.evaluate.skipmodal.java_scores import java_scores
from crossmodal.evaluate.skipmodal.normalization import wording_of
from crossmodal.evaluate.skipmodal.tasks import Drawing, Task
from crossmodal.evaluate.skipmodal.word_errors import word_error_rate


class TaskMetrics(TypedDict):
    """How well the sentences of one task, on one split, say what they should.

    Speech is measured by its transcript. attributes: see `evaluate.skipmodal.attributes`; empty
    where there are no scenes. reasons: for each score that is None, why.
    """

    items: int
    wer: float
    bleu1: float
    bleu2: float
    bleu3: float
    bleu4: float
    cider: float
    rouge_l: float
    meteor: float | None
    spice: float | None
    distinct_words: int
    distinct_texts: float
    attributes: dict[str, float | None]
    reasons: dict[str, str]


class RunMetrics(TypedDict):
    """One run. splits: "test", "binding" and "validation", each with the tasks that were run.

    retrieval: split -> direction, such as "image_to_speech" -> what
        `evaluate.skipmodal.retrieval.recall` gives.
    drawn: pictures of sentences, by split and task.
    """

    variant: str
    seed: int
    data: str
    splits: dict[Split, dict[Task, TaskMetrics]]
    retrieval: NotRequired[dict[Split, dict[str, dict[str, float]]]]
    drawn: NotRequired[dict[Split, dict[Drawing, DrawnMetrics]]]


class Limits(TypedDict):
    """What no run can be blamed for or praised for, on one split.

    original, griffin_lim, post_net: transcripts of the recordings, of their copies by Griffin-Lim,
    and of copies whose linear spectrograms the post-net made of the true mel ones, that is the
    ceiling of all speech. wrong_images: captions of other images, the floor. caption: one of each
    image against its others. nearest, agreed: of the training image that is most alike, and
    the one of twenty such on which these agree most. pictures: real ones, read as drawn ones are;
    wrong_pictures: read for captions of others.
    """

    original: NotRequired[TaskMetrics]
    griffin_lim: NotRequired[TaskMetrics]
    post_net: NotRequired[TaskMetrics]
    caption: NotRequired[TaskMetrics]
    nearest: NotRequired[TaskMetrics]
    agreed: NotRequired[TaskMetrics]
    wrong_images: NotRequired[TaskMetrics]
    pictures: NotRequired[DrawnMetrics]
    wrong_pictures: NotRequired[DrawnMetrics]


Ceilings = dict[Split, Limits]


def run_name(variant: str, seed: int) -> str:
    """The name of a run, such as "ours-0"."""
    return f"{variant}-{seed}"


def measure_task(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    scenes: Sequence[Scene] | None = None,
    java: bool = True,
    heard: bool = False,
) -> TaskMetrics:
    """All measures of one task's sentences.

    Args:
        hypotheses: generated texts, or transcripts of generated speech.
        references: for each all sentences that count as right: `captions(scene)` where the source
            is an image, the text itself where it is text or speech.
        scenes: what each is about, as all texts are the grammar's; without them the texts are
            people's, and no attributes are measured.
        java: False leaves out METEOR and SPICE.
        heard: whether the hypotheses are transcripts.

    Raises:
        DataError: an item has no reference with words.
        ValueError: the lists are empty or differ in length.
    """
    wording = wording_of(scenes, heard)
    error_rate = word_error_rate(hypotheses, references, wording)
    scores, reasons = (
        java_scores(hypotheses, references, wording)
        if java
        else ({"meteor": None, "spice": None}, dict.fromkeys(("meteor", "spice"), "not asked for"))
    )
    bleu = caption_scores(hypotheses, references, wording)
    return TaskMetrics(
        items=len(hypotheses),
        wer=error_rate,
        bleu1=bleu["bleu1"],
        bleu2=bleu["bleu2"],
        bleu3=bleu["bleu3"],
        bleu4=bleu["bleu4"],
        cider=bleu["cider"],
        rouge_l=bleu["rouge_l"],
        meteor=scores["meteor"],
        spice=scores["spice"],
        distinct_words=distinct_words(hypotheses, wording),
        distinct_texts=len({*map(wording.words, hypotheses)}) / len(hypotheses),
        attributes=attribute_shares(hypotheses, scenes) if scenes is not None else {},
        reasons=reasons,
    )


def wrong_images(
    references: Sequence[Sequence[str]], scenes: Sequence[Scene] | None, java: bool = True
) -> TaskMetrics:
    """The floor of image to text and speech: each image gets a caption of one far away in the list.

    People's data are often in the order of what they show: the next image may show the same.

    Args:
        references: the captions of each image. scenes: what they show, where that is known.
    """
    half = (len(references) + 1) // 2
    others = [*references[half:], *references[:half]]
    hypotheses = [texts[number % len(texts)] for number, texts in enumerate(others)]
    return measure_task(hypotheses, references, scenes, java)

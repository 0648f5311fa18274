"""The figures of paper B that a person follows from run to run."""

from collections.abc import Iterator

from crossmodal.data.skipmodal.scenes import Split
from crossmodal.evaluate.skipmodal.measures import Ceilings
from crossmodal.evaluate.skipmodal.tasks import Drawing, Task
from crossmodal.report.skipmodal.runs import Runs, look_up

SPLIT: Split = "test"
VARIANT = "ours"
# Task -> what is followed of it: in a run's measures.
SHOWN = {"digit": "attributes.digit", "color": "attributes.color"}
FOLLOWED: dict[Task | Drawing, dict[str, str]] = {
    "image_to_speech": {"wer": "wer", "bleu1": "bleu1", "attributes": "attributes.overall"},
    "image_to_text": {"wer": "wer", "attributes": "attributes.overall"},
    "speech_to_text": {"wer": "wer"},
    "text_to_speech": {"wer": "wer"},
    "text_to_image": SHOWN,
    "speech_to_image": SHOWN,
}
RETRIEVED = ("image_to_text", "text_to_speech")
DIGITS = 4


def summarize(runs: Runs, ceilings: Ceilings) -> dict[str, object]:
    """Measures of `ours` (or of the first variant, where it was not run) on the test split.

    Shares from 0 to 1, means over the seeds. `ceiling.wer`: of the recordings themselves, copied by
    the post-net. What was not measured is left out.
    """
    variant = VARIANT if runs.of(VARIANT) else runs.variants[0]
    known: dict[str, object] = {
        task: dict(list_measures(runs, variant, task, names)) for task, names in FOLLOWED.items()
    }
    found = (run.get("retrieval", {}).get(SPLIT, {}) for run in runs.of(variant)[:1])
    known["recall_at_1"] = {
        direction: round(value, DIGITS)
        for ways in found
        for direction in RETRIEVED
        if (value := look_up(ways, f"{direction}.recall@1")) is not None
    }
    ceiling = look_up(ceilings.get(SPLIT, {}), "post_net.wer")
    known["ceiling"] = {} if ceiling is None else {"wer": round(ceiling, DIGITS)}
    return {name: values for name, values in known.items() if values}


def list_measures(
    runs: Runs, variant: str, task: Task | Drawing, names: dict[str, str]
) -> Iterator[tuple[str, float]]:
    """(name, mean) of each measure that all runs of the variant have."""
    for name, measure in names.items():
        mean = runs.mean(variant, SPLIT, task, measure)
        if mean is not None:
            yield name, round(mean, DIGITS)

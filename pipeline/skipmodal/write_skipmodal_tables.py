"""Paper B's six tables and further ones of ours, learning curves, what retrieval finds."""

from pathlib import Path

from safetensors.numpy import load_file

from crossmodal.config.skipmodal.runs import SkipModalRuns
from crossmodal.data.skipmodal.scenes import Split
from crossmodal.data.skipmodal.vocabulary import describe_overlap
from crossmodal.evaluate.skipmodal.retrieval import directions
from crossmodal.evaluate.skipmodal.tasks import TASKS
from crossmodal.files import read_json, write_json, write_text
from crossmodal.report.skipmodal.curves import draw_curves
from crossmodal.report.skipmodal.found import list_found
from crossmodal.report.skipmodal.runs import ADDITIONS, ALIASES, DIGIT_SCENES, Runs, part_chains
from crossmodal.report.skipmodal.summary import summarize
from crossmodal.report.skipmodal.tables import (
    tabulate_additions,
    tabulate_drawings,
    tabulate_limits,
    tabulate_retrieval,
    tabulate_vocabulary,
    write_attributes,
    write_tables,
)
from pipeline import stage
from pipeline.paths import SUMMARIES
from pipeline.skipmodal.pair_data import open_images, open_recordings, scenes_of_images
from pipeline.skipmodal.paths import (
    CEILINGS,
    CURVES,
    RUN_MEASURES,
    SKIPMODAL_GENERATED,
    SKIPMODAL_METRICS,
    VOCABULARY,
)

QUERIES = 5
EXPLAINED = (
    "Images are named by their caption in brackets, recordings by their text in quotes. ✓ is what "
    "answers the query; queries are the first that have an answer."
)
SPLITS: tuple[Split, ...] = ("test", "binding")


def main() -> None:
    """Write the tables of the runs that the parameters name."""
    listed = stage.load("skipmodal", SkipModalRuns).runs.all
    metrics = part_chains({run: read_json(RUN_MEASURES / f"{run}.json") for run in listed})
    ceilings = read_json(CEILINGS)
    runs = Runs(metrics, ALIASES)
    variants = list(dict.fromkeys(run["variant"] for run in metrics.values()))
    write_json(SUMMARIES / "skipmodal.json", summarize(runs, ceilings))
    parts = [write_tables(runs)]
    for split in SPLITS:
        if runs.data == DIGIT_SCENES:  # of other data no attributes are known
            parts += [write_attributes(runs, variants, task, split) for task in TASKS]
            parts += [tabulate_drawings(runs, ceilings, variants, split).markdown]
        if split in ceilings or runs.data == DIGIT_SCENES:
            parts += [tabulate_limits(ceilings, split, runs.data).markdown]
    for variant, names in ADDITIONS.items():
        parts += [tabulate_additions(runs, variant, names, TASKS).markdown]
    parts += [tabulate_vocabulary(runs, variants).markdown]
    parts += [f"Before any training, {describe_overlap(read_json(VOCABULARY)['words'])}."]
    parts += [
        tabulate_retrieval(runs, variant).markdown
        for variant in variants
        if runs.has_retrieval(variant)
    ]
    write_text(SKIPMODAL_METRICS / "tables.md", "\n\n".join(part.strip() for part in parts) + "\n")
    found = [describe_found(run) for run in listed if vectors_of(run).is_file()]
    write_text(SKIPMODAL_METRICS / "retrieval.md", "\n\n".join(found) + "\n")
    draw_curves(
        SKIPMODAL_METRICS / "curves.png",
        {run: CURVES / f"{run}.csv" for run in listed},
    )


def vectors_of(run: str) -> Path:
    """Where the vectors of a run's test items are, if it has any."""
    return SKIPMODAL_GENERATED / run / "test/vectors.safetensors"


def describe_found(run: str) -> str:
    """The first items of the test split, each with what is nearest to it in other modalities."""
    vectors = load_file(vectors_of(run))
    images, clips = open_images("test"), open_recordings("test")
    shown, heard = len(vectors["image"]), len(vectors["text"])
    scenes = scenes_of_images(images, "test")
    captions, texts = images.chosen()[:shown], clips.texts[:heard]
    ways = directions(vectors, captions, texts, scenes[:shown] if scenes else None)
    words = {
        "image": [f"[{text}]" for text in captions],
        "caption": captions,
        "text": texts,
        "speech": [f'"{text}"' for text in texts],
    }
    return f"## {run}\n\n{EXPLAINED}\n\n{list_found(ways, words, QUERIES)}"


if __name__ == "__main__":
    stage.run(main)

"""All measures of one run of paper B; what the recogniser heard is kept beside the references."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors.numpy import load_file

from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.skipmodal.evaluation import EvaluateSkipModal
from crossmodal.config.skipmodal.run_names import split_run
from crossmodal.data.skipmodal.scenes import Scene, Split
from crossmodal.errors import DataError
from crossmodal.evaluate.skipmodal.drawn_scenes import (
    DrawnMetrics,
    Pictures,
    SceneReader,
    measure_drawn,
)
from crossmodal.evaluate.skipmodal.measures import RunMetrics, TaskMetrics, measure_task
from crossmodal.evaluate.skipmodal.retrieval import attributes_found, directions, recall
from crossmodal.evaluate.skipmodal.tasks import TASKS, VIA_TEXT, Drawing, Task
from crossmodal.files import read_json, write_json
from pipeline import stage
from pipeline.skipmodal.hearing import hear, read_clips
from pipeline.skipmodal.pair_data import (
    open_images,
    open_recordings,
    scenes_of_images,
    scenes_of_recordings,
)
from pipeline.skipmodal.paths import RUN_MEASURES, SKIPMODAL_GENERATED, TRANSCRIPTS
from pipeline.skipmodal.picture_data import open_reader, real_pictures


@dataclass(frozen=True)
class Truth:
    """What the items of one side of a split say, by id; scenes are None for data of your own.

    texts: one of each item, by which it is searched for.
    """

    texts: list[str]
    references: dict[str, list[str]]
    scenes: dict[str, Scene] | None

    def about(self, count: int) -> list[Scene] | None:
        """The scenes of the first items."""
        return [*self.scenes.values()][:count] if self.scenes else None


def main(run: str) -> None:
    """Measure every split and task that the run has generated."""
    config = stage.load("evaluate_skipmodal", EvaluateSkipModal)
    compute = stage.load("compute", Compute)
    prepare_runtime(compute)
    variant, seed = split_run(run)
    metrics = RunMetrics(variant=variant, seed=seed, data="", splits={}, retrieval={}, drawn={})
    told: dict[str, dict[str, dict[str, dict[str, object]]]] = {}
    generated = SKIPMODAL_GENERATED / run
    if not generated.is_dir():
        raise DataError(f"{generated} is missing")
    reader = open_reader()
    heard = transcribe(sorted(generated.glob("*/*/*.wav")), compute.threads)
    for folder in sorted(path for path in generated.iterdir() if path.is_dir()):
        split: Split = folder.name  # type: ignore[assignment]
        images, clips = truths(split)
        metrics["data"] = "digit scenes" if images.scenes and clips.scenes else "own folders"
        sentences = read_json(folder / "texts.json")
        spoken = {path.name: heard[path] for path in sorted(folder.glob("*_to_speech*"))}
        metrics["splits"][split] = {
            task: measure(said, images if task.startswith("image") else clips, config, task, split)
            for task, said in (sentences | spoken).items()
            if task in (*TASKS, VIA_TEXT)
        }
        told[split] = {
            task: tell(said, images if task.startswith("image") else clips)
            for task, said in (sentences | spoken).items()
        }
        if (folder / "pictures.safetensors").is_file():
            pictures, real = load_file(folder / "pictures.safetensors"), real_pictures(split)
            metrics["drawn"][split] = measure_pictures(pictures, images, clips, real, reader)
        if (folder / "vectors.safetensors").is_file():
            metrics["retrieval"][split] = retrieve(folder / "vectors.safetensors", images, clips)
    write_json(TRANSCRIPTS / f"{run}.json", told)
    write_json(RUN_MEASURES / f"{run}.json", metrics)


def truths(split: Split) -> tuple[Truth, Truth]:
    """Of the images and of the recordings."""
    images, clips = open_images(split), open_recordings(split)
    shown, said = scenes_of_images(images, split), scenes_of_recordings(clips, split)
    texts = [[text] for text in clips.texts]
    return (
        Truth(
            images.chosen(),
            dict(zip(images.ids, images.texts, strict=True)),
            dict(zip(images.ids, shown, strict=True)) if shown else None,
        ),
        Truth(
            clips.texts,
            dict(zip(clips.ids, texts, strict=True)),
            dict(zip(clips.ids, said, strict=True)) if said else None,
        ),
    )


def transcribe(paths: list[Path], threads: int) -> dict[Path, dict[str, str]]:
    """What the recogniser hears in clips: by folder, then by id."""
    heard: dict[Path, dict[str, str]] = {path.parent: {} for path in paths}
    for path, text in zip(paths, hear(read_clips(paths), threads), strict=True):
        heard[path.parent][path.stem] = text
    return heard


def measure(
    said: dict[str, str], truth: Truth, config: EvaluateSkipModal, task: Task, split: Split
) -> TaskMetrics:
    """All measures of one task; METEOR and SPICE for images' texts only, as in the paper."""
    return measure_task(
        list(said.values()),
        [truth.references[name] for name in said],
        [truth.scenes[name] for name in said] if truth.scenes else None,
        java=config.java_scores and task == "image_to_text" and split == "test",
        heard="_to_speech" in task,
    )


def tell(said: dict[str, str], truth: Truth) -> dict[str, dict[str, object]]:
    """Sentences beside their references, for people."""
    return {
        name: {"said": text, "references": truth.references[name]} for name, text in said.items()
    }


def measure_pictures(
    made: Mapping[str, Pictures],
    images: Truth,
    clips: Truth,
    real: Pictures,
    reader: SceneReader | None,
) -> dict[Drawing, DrawnMetrics]:
    """What is found in the pictures of a split's captions and recordings."""
    sides: dict[Drawing, Truth] = {"text_to_image": images, "speech_to_image": clips}
    return {
        task: measure_drawn(
            made[task], side.texts[: len(made[task])], side.about(len(made[task])), real, reader
        )
        for task, side in sides.items()
    }


def retrieve(path: Path, images: Truth, clips: Truth) -> dict[str, dict[str, float]]:
    """What is known of all directions: recall, and between images and speech attributes."""
    vectors = load_file(path)
    shown, heard = len(vectors["image"]), len(vectors["text"])
    texts = clips.texts[:heard]
    scenes = images.about(shown)
    measured: dict[str, dict[str, float]] = {}
    for way in directions(vectors, images.texts[:shown], texts, scenes):
        found = recall(way.similarity, way.relevant) if way.relevant.any() else {}
        if scenes and {way.source, way.target} == {"image", "speech"}:
            found |= attributes_found(way, texts, scenes)
        if found:
            measured[way.name] = found
    return measured


if __name__ == "__main__":
    stage.run(main, run=None)

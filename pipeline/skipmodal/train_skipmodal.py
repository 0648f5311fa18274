"""Train one run of paper B's network; a killed training goes on from its last checkpoint."""

from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from crossmodal.compute import Runtime, prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.skipmodal.network import SkipModalNetworkSettings
from crossmodal.config.skipmodal.planned_runs import Part, Run
from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.data.skipmodal.pair_store import ImageTextStore
from crossmodal.data.skipmodal.scenes import Split
from crossmodal.data.skipmodal.vocabulary import frequent_words
from crossmodal.evaluate.skipmodal.validation import (
    TextTask,
    image_task,
    speech_task,
    validate_texts,
)
from crossmodal.files import atomic_path
from crossmodal.models.skipmodal.architectures import ARCHITECTURES, AnyNetwork
from crossmodal.train.distributed import Group, is_started, join_group, start_processes
from crossmodal.train.loop import Loop, TrainingSetup
from crossmodal.train.skipmodal.pair_batches import PairLoader
from crossmodal.train.skipmodal.training import prepare_skipmodal
from pipeline import stage
from pipeline.checkpoints import open_checkpoint
from pipeline.live_curves import follow
from pipeline.skipmodal.curves import write_curves
from pipeline.skipmodal.pair_data import (
    MANIFESTS,
    load_run,
    open_images,
    open_recordings,
    scenes_of_images,
    scenes_of_recordings,
)
from pipeline.skipmodal.paths import CURVES, SKIPMODAL_MODELS

VALIDATION_BATCH = 64


class ImageSource(NamedTuple):
    """What the networks of a run read of images.

    open: a split. complete: gives a new network what it does not learn. module: the stage that
    trains such runs. files: what is read beside the shards.
    """

    open: Callable[[Split], ImageTextStore]
    complete: Callable[[AnyNetwork], None]
    module: str
    files: tuple[Path, ...] = ()


PIXELS = ImageSource(open_images, lambda network: None, "pipeline.skipmodal.train_skipmodal")


def main(run: str) -> None:
    """Train a run whose networks read pixels."""
    train(run, PIXELS, stage.load("compute", Compute))


def train(run: str, source: ImageSource, compute: Compute) -> None:
    """Train each part of the run; write the weights of the best validation and the curves."""
    settings = load_run(run, Run)
    runtime = prepare_runtime(compute)
    if settings.processes > 1 and not is_started():
        start_processes(settings.processes, runtime, source.module, ["--run", run])
        return
    with join_group(runtime) as group:
        loader = PairLoader(source.open("train"), open_recordings("train"))
        parts = {
            part: prepare_part(part, settings, compute, loader, runtime, source, group)
            for part in settings.parts
        }
        trainings = {part: loop.run() for part, (_, loop) in parts.items()}
        if group.rank == 0:
            steps = sum(training.running.steps for training in settings.parts.values())
            stage_name = source.module.rpartition(".")[2]
            follow(f"{stage_name}@{run}", trainings, steps, "step")
            write_run(run, parts)
        else:
            for _ in chain.from_iterable(trainings.values()):
                pass


def write_run(run: str, parts: Mapping[Part, tuple[AnyNetwork, Loop]]) -> None:
    """Weights and curves; then no checkpoint is needed any more."""
    with atomic_path(SKIPMODAL_MODELS / run) as folder:
        folder.mkdir()
        for part, (network, _) in parts.items():
            network.save(folder / part)
    curves = {part: loop.progress for part, (_, loop) in parts.items()}
    write_curves(CURVES / f"{run}.csv", curves)
    for _, loop in parts.values():
        loop.checkpoint.remove()


def prepare_part(
    part: Part,
    settings: Run,
    compute: Compute,
    loader: PairLoader,
    runtime: Runtime,
    source: ImageSource,
    group: Group,
) -> tuple[AnyNetwork, Loop]:
    """One network and its training, where its last checkpoint left it."""
    config, seed = settings.parts[part], settings.seed
    architecture = ARCHITECTURES[settings.architecture]
    network = architecture.build(know_words(settings.network, loader), seed)
    source.complete(network)
    known = [part, settings.model_dump(mode="json"), compute.model_dump()]
    name = f"{settings.variant}-{seed}-{part}"
    checkpoint = open_checkpoint(source.module, name, known, *MANIFESTS, *source.files)
    tasks = validation_tasks(part, settings.validation_items, source)
    validate = validate_texts(network, tasks, VALIDATION_BATCH, runtime.device)
    setup = TrainingSetup(runtime, seed, checkpoint, group, validate=validate)
    sampler, weights = loader.sampler(config.batching, seed, part), architecture.weights(network)
    return network, prepare_skipmodal(network, sampler, loader, weights, config, setup)


def know_words(
    network: SkipModalNetworkSettings | SlotNetworkSettings, loader: PairLoader
) -> SkipModalNetworkSettings | SlotNetworkSettings:
    """`ours` looks for the most frequent words of both data sets' training texts."""
    if not isinstance(network, SlotNetworkSettings):
        return network
    texts = chain(chain.from_iterable(loader.images.texts), loader.recordings.texts)
    return network.model_copy(update={"words": frequent_words(texts, network.vocabulary)})


def validation_tasks(part: Part, count: int, source: ImageSource) -> list[TextTask]:
    """What a part is validated on: texts from the modalities that it has learned from."""
    tasks = []
    if part != "text_speech":
        images = source.open("validation")
        tasks.append(image_task(images, scenes_of_images(images, "validation"), count))
    if part != "image_text":
        clips = open_recordings("validation")
        tasks.append(speech_task(clips, scenes_of_recordings(clips, "validation"), count))
    return tasks


if __name__ == "__main__":
    stage.run(main, run=None)

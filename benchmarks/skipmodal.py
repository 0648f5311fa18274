"""Paper B: how quickly pairs become shards and networks train, and where the time goes.

Needs the data of `make skipmodal`. With CROSSMODAL_REAL_DATA set, photos and recordings are sharded
too, at the paper's sizes.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from PIL.Image import Image
from torch import nn

from benchmarks.stopwatch import REST, Stopwatch, Watched
from crossmodal.compute import Runtime, prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.skipmodal.network import PostNet, SkipModalNetworkSettings
from crossmodal.config.skipmodal.pairs import ShardCaptions, ShardSpeech, Source, whole
from crossmodal.config.skipmodal.post_net import TrainPostNet
from crossmodal.config.skipmodal.runs import SkipModalRuns
from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.config.skipmodal.spectrograms import Spectrograms
from crossmodal.data.skipmodal import pairs, sharding, spectrogram
from crossmodal.data.skipmodal.pair_limits import measure_pairs
from crossmodal.data.skipmodal.pair_store import StoredSpectrograms
from crossmodal.data.skipmodal.spectrogram import SpectrogramMaker
from crossmodal.files import remove
from crossmodal.models.skipmodal.architectures import ARCHITECTURES
from crossmodal.models.skipmodal.post_net import MelToLinear
from crossmodal.train.checkpoint import Checkpoint
from crossmodal.train.loop import Loop, TrainingSetup
from crossmodal.train.skipmodal.mel_to_linear import prepare_mel_to_linear
from crossmodal.train.skipmodal.pair_batches import PairLoader
from crossmodal.train.skipmodal.training import prepare_skipmodal
from crossmodal.train.task import WeightedLosses
from pipeline import stage
from pipeline.skipmodal.pair_data import open_images, open_recordings
from pipeline.skipmodal.paths import IMAGE_TEXT, SCENES, SENTENCES, TEXT_SPEECH

WARM_UP, STEPS = 4, 16
ROUNDS = 3
RUNS = ("paper-0", "ours-0")
SHARDING = ("annotations", "read, decode", "resize or resample", "spectrogram", "encode", "write")
TRAINING = (
    "data",
    "encoders",
    "CBHG",
    "bottleneck",
    "text decoder",
    "speech decoder",
    "image decoder",
    "backward",
    "optimizer",
)
# The part of each block of a network, by its attribute; both networks' blocks.
BLOCKS = {
    "image_encoder": "encoders",
    "text_encoder": "encoders",
    "speech_encoder": "encoders",
    "text_encoder.cbhg": "CBHG",
    "network.cbhg": "CBHG",
    "transformer": "bottleneck",
    "fusion": "bottleneck",
    "memory": "bottleneck",
    "seen_words": "encoders",
    "heard_words": "encoders",
    "contrast": "bottleneck",
    "spoken": "bottleneck",
    "spelling": "speech decoder",
    "text_decoder": "text decoder",
    "speech_decoder": "speech decoder",
    "image_decoder": "image decoder",
}
# What blocks do besides `forward`.
METHODS = [
    ("image_encoder", "look"),
    ("image_encoder", "read"),
    ("speech_encoder", "listen"),
    ("speech_encoder", "read"),
    ("spelling", "learn"),
    ("image_decoder", "losses"),
]
WRITING: list[Watched] = [
    (pairs.PairWriter, "write_shard", "write"),
    (pairs.PairWriter, "encode_block", "encode"),
    (pairs, "checksum", "encode"),
    (sharding, "quantise", "encode"),
]
READING: list[Watched] = [
    (sharding, "read_coco", "annotations"),
    (sharding, "read_ljspeech", "annotations"),
    (sharding, "read_square", "read, decode"),
    (Image, "resize", "resize or resample"),
    (sharding, "read_clip", "read, decode"),
    (spectrogram, "resample", "resize or resample"),
    (SpectrogramMaker, "analyse", "spectrogram"),
]


@dataclass(frozen=True)
class PartsRow:
    """What was done, how much of it a second, and the shares of the time."""

    name: str
    rate: float
    shares: dict[str, float]


def measure(name: str, items: int, work: Callable[[], object], watched: list[Watched]) -> PartsRow:
    """The median of some rounds."""
    watches = []
    for _ in range(ROUNDS):
        watches.append(Stopwatch())
        with watches[-1].run(watched):
            work()
    watch = sorted(watches, key=lambda each: each.total)[ROUNDS // 2]
    return PartsRow(name, items / watch.total, {part: watch.share(part) for part in watch.seconds})


def measure_sharding(folder: Path) -> Iterator[PartsRow]:
    """Pictures and recordings of this project, and real ones where there are any."""
    torch.set_num_threads(1)  # as in the stage
    photos = stage.load("shard_captions", ShardCaptions)
    clips = stage.load("shard_speech", ShardSpeech)
    sound = stage.load("spectrograms", Spectrograms)
    splits = whole(("validation", "test"))
    yield shard(folder, "scenes, 64 x 64", SCENES, splits, photos)
    yield shard(folder, "spoken sentences, 513 bins", SENTENCES, splits, clips, sound)
    real = os.environ.get("CROSSMODAL_REAL_DATA")
    if real:
        large = photos.model_copy(update={"image_size": 128})
        fine = sound.model_copy(update={"fft_size": 2048})
        coco, lj = Path(real) / "coco", Path(real) / "LJSpeech-1.1"
        half = {"train": Source("", 0, 50)}
        yield shard(folder, "photos of COCO, 128 x 128", coco, whole(("val2017",)), large)
        yield shard(folder, "clips of LJSpeech, 1025 bins", lj, half, clips, fine)


def shard(
    folder: Path,
    name: str,
    data: Path,
    sources: Mapping[str, Source],
    config: ShardCaptions | ShardSpeech,
    sound: Spectrograms | None = None,
) -> PartsRow:
    """Parts of a data set as the stage shards them."""
    target = folder / "pairs"
    done: dict[str, int] = {}

    def work() -> None:
        remove(target)
        if isinstance(config, ShardCaptions):
            steps = sharding.shard_captions(target, data, sources, config)
        else:
            assert sound is not None
            steps = sharding.shard_speech(target, data, sources, config, sound)
        done.update({split: count for split, count, _ in steps})

    work()  # loads what is loaded at first use
    return measure(name, sum(done.values()), work, READING + WRITING)


def measure_steps(folder: Path) -> Iterator[PartsRow]:
    """Training steps of `paper` and `ours`, and of the post-net, at the scale of params.yaml."""
    runtime = prepare_runtime(stage.load("compute", Compute))
    checkpoint = Checkpoint(folder / "none.pt")
    loader = PairLoader(open_images("train"), open_recordings("train"))
    plan = stage.load("skipmodal", SkipModalRuns)
    limits, _ = measure_pairs(IMAGE_TEXT, TEXT_SPEECH)
    for run in RUNS:
        settings = plan.settle(run, limits)
        config, form = settings.parts["both"], ARCHITECTURES[settings.architecture]
        network = form.build(settings.network, settings.seed)
        sampler = loader.sampler(config.batching, settings.seed, "both")
        weights = form.weights(network)
        setup = TrainingSetup(runtime, settings.seed, checkpoint, validate=lambda step: {})
        loop = prepare_skipmodal(network, sampler, loader, weights, config, setup)
        name, size = run.split("-")[0], config.batching.batch_size
        for part, share in list_turns(settings.network).items():
            yield measure_training(f"{name}{part}", loop, network, size, share)
    yield measure_post_net(loader, runtime, checkpoint)


def list_turns(network: SkipModalNetworkSettings | SlotNetworkSettings) -> dict[str, float]:
    """What a network learns in turn, and the share of its steps in whose middle that is."""
    if not isinstance(network, SlotNetworkSettings):
        return {"": 0.5}
    first, last = network.additions.text_first, network.additions.freeze_texts
    return {
        ", texts first": first / 2,
        ", all together": (first + last) / 2,
        ", texts frozen": (last + 1) / 2,
    }


def measure_post_net(loader: PairLoader, runtime: Runtime, checkpoint: Checkpoint) -> PartsRow:
    """The network from mel to linear spectrograms, a CBHG."""
    config = stage.load("train_post_net", TrainPostNet)
    mels, linears = (StoredSpectrograms(loader.recordings, kind) for kind in ("mel", "linear"))
    network = MelToLinear(PostNet(cbhg=config.cbhg, bins=linears[0].shape[1]), mels[0].shape[1])
    setup = TrainingSetup(runtime, 0, checkpoint)
    loop = prepare_mel_to_linear(network, mels, linears, config, setup)
    return measure_training("post-net", loop, loop.task.network, config.batch_size, 0.5)


def measure_training(
    name: str, loop: Loop, network: nn.Module, items: int, share: float
) -> PartsRow:
    """Steps from some share of a training on."""
    task = loop.task
    assert isinstance(task, WeightedLosses)
    first = round(task.updater.steps * share)
    task.network.train()

    def steps(count: int) -> None:
        for step in range(first, first + count):
            task.step(step)

    steps(WARM_UP)
    watched: list[Watched] = [
        (task, "load", "data"),
        (task.updater, "backward", "backward"),
        (task.updater, "step", "optimizer"),
    ]
    blocks = dict(network.named_modules())
    watched += [(blocks[path], "forward", part) for path, part in BLOCKS.items() if path in blocks]
    watched += [
        (blocks[path], method, BLOCKS[path])
        for path, method in METHODS
        if path in blocks and hasattr(blocks[path], method)
    ]
    return measure(name, items * STEPS, partial(steps, STEPS), watched)


def show_parts(row: PartsRow, parts: tuple[str, ...]) -> list[str]:
    """A line of a table; a part that this work does not have is "–"."""
    cells = [f"{row.shares[part]:.0%}" if part in row.shares else "–" for part in (*parts, REST)]
    return [row.name, f"{row.rate:,.0f}", *cells]

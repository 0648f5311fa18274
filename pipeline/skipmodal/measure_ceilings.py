"""What bounds every run of paper B: recordings and their copies recognised, wrong captions."""

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.own_input import find_own
from crossmodal.config.skipmodal.evaluation import MeasureCeilings
from crossmodal.config.skipmodal.pairs import ShardSpeech
from crossmodal.config.skipmodal.pretrained import PretrainedMaps
from crossmodal.config.skipmodal.spectrograms import Spectrograms
from crossmodal.data.skipmodal.ljspeech import recording_path
from crossmodal.data.skipmodal.pair_store import ImageTextStore
from crossmodal.data.skipmodal.scenes import Scene, Split
from crossmodal.data.skipmodal.spectrogram import SpectrogramMaker, read_clip
from crossmodal.evaluate.skipmodal.copied_captions import (
    NEIGHBORS,
    agree,
    find_alike,
    part_captions,
)
from crossmodal.evaluate.skipmodal.drawn_scenes import measure_drawn
from crossmodal.evaluate.skipmodal.measures import (
    Ceilings,
    Limits,
    TaskMetrics,
    measure_task,
    wrong_images,
)
from crossmodal.evaluate.skipmodal.transcriber import Waveform
from crossmodal.evaluate.skipmodal.voice import Voice
from crossmodal.files import write_json
from crossmodal.models.skipmodal.post_net import load_mel_to_linear
from pipeline import stage
from pipeline.progress import show_progress
from pipeline.skipmodal.hearing import hear
from pipeline.skipmodal.pair_data import (
    evaluation_splits,
    open_embedded_images,
    open_images,
    open_recordings,
    scenes_of_images,
    scenes_of_recordings,
)
from pipeline.skipmodal.paths import CEILINGS, POST_NET, SENTENCES
from pipeline.skipmodal.picture_data import open_reader, real_pictures

Kind = Literal["original", "griffin_lim", "post_net"]


def main() -> None:
    """Measure the limits on every split but validation."""
    config = stage.load("measure_ceilings", MeasureCeilings)
    own = stage.load("shard_speech", ShardSpeech)
    maker = SpectrogramMaker(stage.load("spectrograms", Spectrograms))
    compute = stage.load("compute", Compute)
    voice = Voice(load_mel_to_linear(POST_NET), maker, prepare_runtime(compute).device)
    splits = [split for split in evaluation_splits() if split != "validation"]
    sounds = {
        (split, kind): clips
        for split in splits
        for kind, clips in make_sounds(split, folder_of(own, split), voice, config.clips).items()
    }
    every = [clip for clips in sounds.values() for clip in clips]
    heard = iter(hear((every, voice.rate), compute.threads))
    ceilings: Ceilings = {}
    for (split, kind), clips in sounds.items():
        said = [next(heard) for _ in clips]
        ceilings.setdefault(split, Limits())[kind] = measure(split, said)
    reader = open_reader()
    for split in splits:
        images = open_images(split)
        shown = scenes_of_images(images, split)
        ceilings[split] |= measure_captions(images, shown)
        if find_own(config.maps):
            ceilings[split] |= measure_copies(split)
        if shown:
            real = real_pictures(split)
            about = (images.chosen(), shown, real, reader)
            ceilings[split]["pictures"] = measure_drawn(real, *about)
            ceilings[split]["wrong_pictures"] = measure_drawn(np.roll(real, 1, axis=0), *about)
    write_json(CEILINGS, ceilings)


def measure_captions(images: ImageTextStore, shown: list[Scene] | None) -> Limits:
    """A caption of each image against its others, where there are some, and those of others."""
    limits = Limits(wrong_images=wrong_images(images.texts, shown, java=False))
    said, others = part_captions(images.texts)
    if said:
        limits["caption"] = measure_task(said, others, java=False)
    return limits


def measure_copies(split: Split) -> Limits:
    """Captions of the training images that look most alike."""
    config = stage.load("embed_scene_images", PretrainedMaps)
    images, training = (open_embedded_images(name, config) for name in (split, "train"))
    alike = find_alike(average(images), average(training), NEIGHBORS)
    known = training.texts
    nearest = [known[near[0]][number % len(known[near[0]])] for number, near in enumerate(alike)]
    agreed = [agree([text for each in near for text in known[each]]) for near in alike]
    return Limits(
        nearest=measure_task(nearest, images.texts, java=False),
        agreed=measure_task(agreed, images.texts, java=False),
    )


def average(images: ImageTextStore) -> NDArray[np.float32]:
    """The maps of images, averaged over their places: [N, C]."""
    assert images.maps is not None
    vectors: NDArray[np.float32] = images.maps.mean((2, 3), dtype=np.float32)
    return vectors


def folder_of(config: ShardSpeech, split: Split) -> Path:
    """Where the recordings of a split are."""
    folder = Path(config.folder)
    return folder / (split if folder == SENTENCES else config.splits.by_split()[split].name)


def make_sounds(split: Split, folder: Path, voice: Voice, count: int) -> dict[Kind, list[Waveform]]:
    """Recordings, and copies made of their linear spectrograms and of their mel spectrograms."""
    clips, maker = open_recordings(split), voice.maker
    names = clips.ids[:count]
    numbers = show_progress(range(len(names)), len(names), "clip")
    copies = [(maker.synthesize(clips.linear(each)), voice(clips.mel(each))) for each in numbers]
    return {
        "original": [read_clip(recording_path(folder, name), maker.config) for name in names],
        "griffin_lim": [of_linear for of_linear, _ in copies],
        "post_net": [of_mel for _, of_mel in copies],
    }


def measure(split: Split, heard: list[str]) -> TaskMetrics:
    """What was heard in the first recordings of a split against their texts."""
    clips = open_recordings(split)
    scenes, texts = scenes_of_recordings(clips, split), clips.texts[: len(heard)]
    references = [[text] for text in texts]
    about = scenes and scenes[: len(heard)]
    return measure_task(heard, references, about, java=False, heard=True)


if __name__ == "__main__":
    stage.run(main)

"""What a run of paper B makes of the evaluation splits, free-running: texts, pictures, speech."""

from collections.abc import Iterator
from pathlib import Path

import soundfile
from safetensors.torch import save

from crossmodal.compute import Runtime, prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.skipmodal.generation import GenerateSkipModal
from crossmodal.config.skipmodal.planned_runs import Run
from crossmodal.config.skipmodal.run_names import CYCLEGAN, split_run
from crossmodal.config.skipmodal.spectrograms import Spectrograms
from crossmodal.data.skipmodal.pair_store import ImageTextStore, TextSpeechStore
from crossmodal.data.skipmodal.spectrogram import SpectrogramMaker
from crossmodal.evaluate.skipmodal.generation import Mel
from crossmodal.evaluate.skipmodal.systems import Made, System, Unpaired, build_system
from crossmodal.evaluate.skipmodal.voice import Voice
from crossmodal.files import atomic_path, write_json
from crossmodal.models.skipmodal.architectures import ARCHITECTURES
from crossmodal.models.skipmodal.post_net import load_mel_to_linear
from crossmodal.models.skipmodal.unpaired import load_unpaired
from crossmodal.report.skipmodal.alignments import draw_alignments
from pipeline import stage
from pipeline.progress import show_progress
from pipeline.skipmodal.pair_data import evaluation_splits, load_run, open_images, open_recordings
from pipeline.skipmodal.paths import POST_NET, SKIPMODAL_GENERATED, SKIPMODAL_MODELS


def main(run: str) -> None:
    """Write texts, pictures and vectors of every evaluation split; speech where it is evaluated."""
    config = stage.load("generate_skipmodal", GenerateSkipModal)
    maker = SpectrogramMaker(stage.load("spectrograms", Spectrograms))
    runtime = prepare_runtime(stage.load("compute", Compute))
    system = load_system(run, config, runtime)
    voice = Voice(load_mel_to_linear(POST_NET), maker, runtime.device)
    with atomic_path(SKIPMODAL_GENERATED / run) as folder:
        for split in evaluation_splits():
            images, clips = open_images(split), open_recordings(split)
            (folder / split).mkdir(parents=True)
            write_made(folder / split, system.make(images, clips, config.texts), images, clips)
            count = getattr(config.spoken, split, 0)  # none of validation
            spoken = system.speech(images, clips, count) if count else {}
            for task, utterances in spoken.items():
                names = images.ids if task.startswith("image") else clips.ids
                shown = write_spoken(folder / split / task, utterances, names, voice)
                if split == "test":
                    target = folder / f"{task}.png"
                    draw_alignments(target, task.replace("_", " "), shown[: config.examples])


def load_system(run: str, config: GenerateSkipModal, runtime: Runtime) -> System:
    """What a training has left, ready to generate.

    Raises:
        DataError: its files are missing or damaged.
    """
    variant, _ = split_run(run)
    folder = SKIPMODAL_MODELS / run
    if variant == CYCLEGAN:
        blocks = load_unpaired(folder / "both").to(runtime.device)
        return Unpaired(blocks, config.batch_size, runtime.device)
    settings = load_run(run, Run)
    load = ARCHITECTURES[settings.architecture].load
    networks = {part: load(folder / part).to(runtime.device) for part in settings.parts}
    via_text = variant in config.via_text
    return build_system(networks, config.batch_size, runtime.device, via_text)


def write_made(folder: Path, made: Made, images: ImageTextStore, clips: TextSpeechStore) -> None:
    """Texts by task and id as JSON; pictures and u in safetensors, in the same order."""
    by_id = {
        task: dict(zip(images.ids if task.startswith("image") else clips.ids, texts, strict=False))
        for task, texts in made.texts.items()
    }
    write_json(folder / "texts.json", by_id)
    vectors = {name: u.float().cpu().flatten(1).contiguous() for name, u in made.vectors.items()}
    for name, tensors in (("pictures", made.pictures), ("vectors", vectors)):
        if tensors:
            # Not save_file, which says in a way of its own that the disk is full.
            (folder / f"{name}.safetensors").write_bytes(save(tensors))


def write_spoken(
    folder: Path, utterances: Iterator[Mel], names: list[str], voice: Voice
) -> list[tuple[str, Mel]]:
    """Write clips by id; returns what they were made of."""
    folder.mkdir()
    shown: list[tuple[str, Mel]] = []
    for name, spoken in show_progress(zip(names, utterances, strict=False), None, "clip"):
        path = folder / f"{name}.wav"
        soundfile.write(path, voice(spoken.mel), voice.rate, subtype="PCM_16")
        shown.append((name, spoken))
    return shown


if __name__ == "__main__":
    stage.run(main, run=None)

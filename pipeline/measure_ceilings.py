"""What bounds every run of paper B: recordings and their copies recognised, wrong captions."""

from pathlib import Path

from crossmodal.compute import prepare_runtime
from crossmodal.config.pairs import ShardSpeech, Source, Spectrograms
from crossmodal.config.skipmodal_runs import MeasureCeilings
from crossmodal.config.training import Compute
from crossmodal.data.pair_store import TextSpeechStore
from crossmodal.data.scenes import Scene, Split
from crossmodal.data.spectrogram import SpectrogramMaker, read_clip
from crossmodal.evaluate.skip_modal import Ceilings, Limits, TaskMetrics, heard_as, wrong_images
from crossmodal.evaluate.voice import Voice
from crossmodal.files import write_json
from crossmodal.models.skipmodal.post_net import load_mel_to_linear
from pipeline import stage
from pipeline.pair_data import (
    evaluation_splits,
    open_images,
    open_recordings,
    scenes_of_images,
    scenes_of_recordings,
)
from pipeline.paths import POST_NET, SENTENCES, SKIPMODAL_METRICS


def main() -> None:
    """Measure the limits on every split but validation."""
    config = stage.load("measure_ceilings", MeasureCeilings)
    own = stage.load("shard_speech", ShardSpeech)
    maker = SpectrogramMaker(stage.load("spectrograms", Spectrograms))
    runtime = prepare_runtime(stage.load("compute", Compute))
    voice = Voice(load_mel_to_linear(POST_NET), maker, runtime.device)
    ceilings: Ceilings = {}
    for split in evaluation_splits():
        if split != "validation":
            clips, images = open_recordings(split), open_images(split)
            folder = folder_of(own, split)
            ceilings[split] = speech_limits(clips, split, folder, voice, config.clips)
            shown = scenes_of_images(images, split)
            if shown:
                ceilings[split]["wrong_images"] = wrong_images(shown, java=False)
    write_json(SKIPMODAL_METRICS / "ceilings.json", ceilings)


def folder_of(config: ShardSpeech, split: Split) -> Path:
    """Where the recordings of a split are."""
    if config.folder is None:
        return SENTENCES / split
    source = Source.parse(getattr(config.splits, split))
    return Path(config.folder).expanduser() / source.name


def speech_limits(
    clips: TextSpeechStore, split: Split, folder: Path, voice: Voice, count: int
) -> Limits:
    """What is heard in recordings, and in copies made of their linear and mel spectrograms."""
    count, scenes = min(count, len(clips)), scenes_of_recordings(clips, split)
    names, texts = clips.ids[:count], clips.texts[:count]
    maker = voice.maker

    def hear(sounds: list, label: str) -> TaskMetrics:
        about: list[Scene] | None = scenes and scenes[:count]
        return heard_as(sounds, voice.rate, texts, about, java=False)

    originals = [read_clip(folder / "wavs" / f"{name}.wav", maker.config) for name in names]
    copies = [maker.synthesize(clips.linear(number)) for number in range(count)]
    guessed = [voice(clips.mel(number)) for number in range(count)]
    return Limits(
        original=hear(originals, "original"),
        griffin_lim=hear(copies, "griffin_lim"),
        post_net=hear(guessed, "post_net"),
    )


if __name__ == "__main__":
    stage.run(main)

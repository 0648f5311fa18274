"""From data sets in their official layouts to shards of pairs; what is broken is skipped."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from crossmodal.config.skipmodal.pairs import ShardCaptions, ShardSpeech, Source
from crossmodal.config.skipmodal.spectrograms import Spectrograms
from crossmodal.data.broken import BrokenInput, BrokenInputs
from crossmodal.data.pictures import read_square
from crossmodal.data.skipmodal.coco import CaptionedImage, read_coco
from crossmodal.data.skipmodal.ljspeech import SpokenText, read_ljspeech
from crossmodal.data.skipmodal.pairs import (
    BROKEN,
    IMAGE_COLUMNS,
    SPEECH_COLUMNS,
    PairWriter,
    Sample,
    quantise,
)
from crossmodal.data.skipmodal.scene_json import SCENES_FILE, keep_scenes, scenes_path
from crossmodal.data.skipmodal.spectrogram import SpectrogramMaker, read_clip
from crossmodal.files import atomic_path, remove


def shard_captions(
    folder: Path, data: Path, sources: Mapping[str, Source], config: ShardCaptions
) -> Iterator[tuple[str, int, int]]:
    """Write the image-text pairs of a COCO folder; yields (split, images done, images in all).

    Raises:
        DataError: annotations are missing or are not COCO's, more inputs are broken than the
            limit, or none is left; where there are too many, a report lies beside `folder`.
    """
    broken = BrokenInputs(config.max_broken, "shard_captions.max_broken")
    report = report_beside(folder)
    listed = {name: read_coco(data, name, broken) for name in names_of(sources)}
    # What costs little to find is told before pictures are decoded.
    broken.check(report)
    with atomic_path(folder) as temporary:
        writer = PairWriter(temporary, IMAGE_COLUMNS, config.block_size)
        for split, source in sources.items():
            items = listed[source.name]
            items = items[source.take(len(items))]
            samples = image_samples(items, config.image_size, broken)
            keep_scenes(scenes_path(data, source.name), temporary, split)
            for done in writer.write_split(split, samples, config.shard_size):
                yield split, done, len(items)
        broken.check(report)
        broken.write(temporary / BROKEN)
        writer.close()


def shard_speech(
    folder: Path,
    data: Path,
    sources: Mapping[str, Source],
    config: ShardSpeech,
    spectrograms: Spectrograms,
) -> Iterator[tuple[str, int, int]]:
    """Write the text-speech pairs of an LJSpeech folder; yields (split, clips done, clips in all).

    Raises:
        DataError: as `shard_captions`.
    """
    broken = BrokenInputs(config.max_broken, "shard_speech.max_broken")
    report = report_beside(folder)
    listed = {name: read_ljspeech(data / name, broken) for name in names_of(sources)}
    broken.check(report)
    maker = SpectrogramMaker(spectrograms)
    with atomic_path(folder) as temporary:
        writer = PairWriter(temporary, SPEECH_COLUMNS)
        for split, source in sources.items():
            items = listed[source.name]
            items = items[source.take(len(items))]
            samples = speech_samples(items, maker, broken)
            keep_scenes(data / source.name / SCENES_FILE, temporary, split)
            for done in writer.write_split(split, samples, config.shard_size):
                yield split, done, len(items)
        broken.check(report)
        broken.write(temporary / BROKEN)
        writer.close()


def image_samples(
    items: Iterable[CaptionedImage], size: int, broken: BrokenInputs
) -> Iterator[Sample]:
    """The images that can be decoded."""
    for item in items:
        try:
            image, (width, height) = read_square(item.path, size)
        except BrokenInput as error:
            broken.add(error.kind, f"{item.path.parent.name}/{item.path.name}", str(error))
        else:
            columns = {"width": width, "height": height}
            yield Sample(str(item.id), item.captions, {"images": image}, columns)


def speech_samples(
    items: Iterable[SpokenText], maker: SpectrogramMaker, broken: BrokenInputs
) -> Iterator[Sample]:
    """The clips that can be used, as quantised spectrograms."""
    for item in items:
        try:
            clip = read_clip(item.path, maker.config)
            linear, mel = maker.analyse(clip)
        except BrokenInput as error:
            broken.add(error.kind, f"{item.path.parent.name}/{item.path.name}", str(error))
        else:
            arrays = {"mel": quantise(mel), "linear": quantise(linear)}
            columns = {"frames": len(mel), "samples": len(clip)}
            yield Sample(item.id, (item.text,), arrays, columns)


def names_of(sources: Mapping[str, Source]) -> list[str]:
    """Each name once, in order."""
    return list(dict.fromkeys(source.name for source in sources.values()))


def report_beside(folder: Path) -> Path:
    """Where broken inputs are listed if there are too many; an earlier list is deleted."""
    path = folder.with_name(f"{folder.name}-broken.json")
    remove(path)
    return path

"""From data sets in their official layouts to shards of pairs; what is broken is skipped."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from crossmodal.config.skipmodal.pairs import ShardCaptions, ShardSpeech, Source
from crossmodal.config.skipmodal.spectrograms import Spectrograms
from crossmodal.data.broken import BrokenInput, BrokenInputs, Input
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
from crossmodal.data.skipmodal.scene_json import SCENES_FILE, keep_reader, keep_scenes, scenes_path
from crossmodal.data.skipmodal.spectrogram import SpectrogramMaker, read_clip
from crossmodal.files import atomic_path

Item = TypeVar("Item")


def shard_captions(
    folder: Path, data: Path, sources: Mapping[str, Source], config: ShardCaptions
) -> Iterator[tuple[str, int, int]]:
    """Write the image-text pairs of a COCO folder; yields (split, images done, images in all).

    What was skipped is listed in `folder`, or where this fails in a file beside it.

    Raises:
        DataError: annotations or images are missing or are not COCO's, more inputs are broken than
            the limit, or no sample of a split is left.
    """
    broken = BrokenInputs(config.max_broken, "shard_captions.max_broken")
    with broken.reported(report_beside(folder)):
        listed = {name: read_coco(data, name, broken) for name in names_of(sources)}
        read = partial(image_samples, data=data, size=config.image_size, broken=broken)
        parts = take_parts(folder, listed, sources, "images", broken)

        def start(place: Path) -> PairWriter:
            writer = PairWriter(place, IMAGE_COLUMNS, config.block_size)
            for split, source in sources.items():
                keep_scenes(scenes_path(data, source.name), place, split)
            keep_reader(data, place)
            return writer

        yield from write_pairs(folder, start, parts, read, config.shard_size, broken)


def shard_speech(
    folder: Path,
    data: Path,
    sources: Mapping[str, Source],
    config: ShardSpeech,
    spectrograms: Spectrograms,
) -> Iterator[tuple[str, int, int]]:
    """Write the text-speech pairs of an LJSpeech folder; yields (split, clips done, clips in all).

    What was skipped is listed as by `shard_captions`.

    Raises:
        DataError: as `shard_captions`.
    """
    broken = BrokenInputs(config.max_broken, "shard_speech.max_broken")
    with broken.reported(report_beside(folder)):
        listed = {name: read_ljspeech(data / name, broken) for name in names_of(sources)}
        maker = SpectrogramMaker(spectrograms)
        read = partial(speech_samples, data=data, maker=maker, broken=broken)
        parts = take_parts(folder, listed, sources, "rows", broken)

        def start(place: Path) -> PairWriter:
            writer = PairWriter(place, SPEECH_COLUMNS)
            for split, source in sources.items():
                keep_scenes(data / source.name / SCENES_FILE, place, split)
            return writer

        yield from write_pairs(folder, start, parts, read, config.shard_size, broken)


def take_parts(
    folder: Path,
    listed: Mapping[str, Sequence[Item]],
    sources: Mapping[str, Source],
    sort: Input,
    broken: BrokenInputs,
) -> dict[str, Sequence[Item]]:
    """The items of each split.

    Raises:
        DataError: more inputs are broken than the limit, or a split has no item: what costs little
            to find is told before pictures and recordings are decoded.
    """
    report = report_beside(folder)
    broken.check(report)
    parts = {}
    for split, source in sources.items():
        items = listed[source.name]
        parts[split] = items[source.take(len(items))]
        if not parts[split]:
            reason = f"{source} is 0 of {len(items)} {sort} that can be used"
            raise broken.explain(f"no sample is left for the split {split}: {reason}", report)
    return parts


def write_pairs(
    folder: Path,
    start: Callable[[Path], PairWriter],
    parts: Mapping[str, Sequence[Item]],
    read: Callable[[Sequence[Item]], Iterator[Sample]],
    shard_size: int,
    broken: BrokenInputs,
) -> Iterator[tuple[str, int, int]]:
    """Write the samples that can be read of each split; yields (split, samples done, in all).

    Raises:
        DataError: more inputs are broken than the limit, or no sample of a split is left.
    """
    report = report_beside(folder)
    with atomic_path(folder) as temporary:
        writer = start(temporary)
        empty = []
        for split, items in parts.items():
            done = 0
            for done in writer.write_split(split, read(items), shard_size):
                yield split, done, len(items)
            empty += [] if done else [f"{split}: none of {len(items)} can be read"]
        if empty:  # told when all has been read, so that all that is broken is listed
            raise broken.explain(f"no sample is left for the split {'; '.join(empty)}", report)
        broken.check(report)
        broken.write(temporary / BROKEN)
        writer.close()


def image_samples(
    items: Iterable[CaptionedImage], data: Path, size: int, broken: BrokenInputs
) -> Iterator[Sample]:
    """The images that can be decoded."""
    for item in items:
        try:
            image, (width, height) = read_square(item.path, size)
        except BrokenInput as error:
            note(broken, "images", data, item.path, error)
        else:
            columns = {"width": width, "height": height}
            yield Sample(item.name, item.captions, {"images": image}, columns)


def speech_samples(
    items: Iterable[SpokenText], data: Path, maker: SpectrogramMaker, broken: BrokenInputs
) -> Iterator[Sample]:
    """The clips that can be used, as quantised spectrograms."""
    for item in items:
        try:
            clip = read_clip(item.path, maker.config)
            linear, mel = maker.analyse(clip)
        except BrokenInput as error:
            note(broken, "rows", data, item.path, error)
        else:
            arrays = {"mel": quantise(mel), "linear": quantise(linear)}
            columns = {"frames": len(mel), "samples": len(clip)}
            yield Sample(item.name, (item.text,), arrays, columns)


def note(broken: BrokenInputs, sort: Input, data: Path, path: Path, error: BrokenInput) -> None:
    """Count a file that cannot be used; the report says nothing of where `data` is."""
    reason = str(error).replace(str(path), path.name)
    if path.name.startswith("._"):
        reason += "; macOS keeps attributes, not contents, in files named ._"
    broken.add(sort, error.kind, path.relative_to(data).as_posix(), reason)


def names_of(sources: Mapping[str, Source]) -> list[str]:
    """Each name once, in order."""
    return list(dict.fromkeys(source.name for source in sources.values()))


def report_beside(folder: Path) -> Path:
    """Where broken inputs are listed if the folder cannot be made."""
    return folder.with_name(f"{folder.name}-broken.json")

"""What training on pairs reads: shards decoded once into flat arrays, then any batch of them.

The arrays lie in memory, or, with a folder to cache them in, in memory maps there: they are made
once for each manifest, split and rank, and opened by every later run. A batch costs no Python work
for each sample.

Legend: N samples, B items of a batch, L symbols, T frames.
"""

import zlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal, Self, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from crossmodal.data.shards import MANIFEST
from crossmodal.data.skipmodal.array_cache import Bytes, is_made, open_arrays
from crossmodal.data.skipmodal.batches import ImageTextBatch, Speech, Texts, TextSpeechBatch
from crossmodal.data.skipmodal.pair_reader import PairReader
from crossmodal.data.skipmodal.symbols import to_symbols
from crossmodal.errors import DataError
from crossmodal.files import sha256

Indices = NDArray[np.int64]


class FlatTexts:
    """Texts as symbols, one after the other; `lengths` int64, the end symbol counted."""

    def __init__(self, texts: list[str]) -> None:
        """Raises DataError for a character that is no symbol."""
        symbols = [to_symbols(text) for text in texts]
        self.lengths = np.array([len(numbers) for numbers in symbols], np.int64)
        self.starts = np.cumsum(self.lengths) - self.lengths
        self.flat = np.array([number for numbers in symbols for number in numbers], np.uint8)

    def batch(self, indices: Indices) -> Texts:
        """The texts of some indices, padded with 0 to the longest."""
        lengths = self.lengths[indices]
        padded = gather(self.flat, self.starts[indices], lengths)
        return Texts(torch.from_numpy(padded.astype(np.int64)), torch.from_numpy(lengths))


def gather(flat: Bytes, starts: Indices, lengths: Indices) -> Bytes:
    """Runs of rows of `flat`, padded with 0 to the longest: [B, longest, ...]."""
    steps = np.arange(lengths.max())
    inside = steps < lengths[:, None]
    rows = flat[np.where(inside, starts[:, None] + steps, 0)]
    rows[~inside] = 0
    return rows


def to_unit(values: Bytes) -> Tensor:
    """Bytes as float32 in [0, 1]."""
    return torch.from_numpy(values).float().div_(255)


class PairStore:
    """What both stores have: `ids` in the manifest's order, and the decoded arrays."""

    def __init__(self, reader: PairReader, arrays: dict[str, Bytes]) -> None:
        self.ids: list[str] = reader.rows["id"].to_pylist()
        self.arrays = arrays

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.ids)

    @classmethod
    def open(
        cls,
        folder: Path,
        split: str,
        cache: Path | None = None,
        workers: int = 0,
        by_rank: bool = False,
    ) -> Self:
        """Decode a split's shards, or open what an earlier run has decoded into `cache`.

        Args:
            cache: a folder for memory maps; None keeps all in memory.
            workers: processes that decode, each its own shards; 0 for this one.
            by_rank: only the shards of this rank, as torchrun or torch.distributed number it.

        Raises:
            DataError: shards, manifest or cache are missing, damaged, or of other pairs.
            UserError: there is no room for the cache.
        """
        reader = PairReader(folder, split, by_rank)
        try:
            shapes = cls.shapes_of(reader)
        except KeyError as error:
            raise DataError(f"{folder} holds no such pairs: no column or member {error}") from None
        shards = zlib.crc32("".join(reader.shards).encode())
        key = f"{split}-{sha256(folder / MANIFEST)[:16]}-{shards:08x}"
        if cache is None or not is_made(cache / key):
            reader.check_sizes()
        if cache is None:
            arrays = {name: np.empty(shape, np.uint8) for name, shape in shapes.items()}
            cls.decode(reader, arrays, workers)
            return cls(reader, arrays)
        fill = partial(cls.decode, reader, workers=workers)
        return cls(reader, open_arrays(cache / key, shapes, fill))

    @classmethod
    def decode(cls, reader: PairReader, arrays: dict[str, Bytes], workers: int) -> None:
        """Fill the arrays.

        Raises:
            DataError: a record is not of the size that the manifest says.
        """
        try:
            cls.fill(reader, arrays, workers)
        except ValueError as error:
            raise DataError(f"{reader.folder} disagrees with its manifest: {error}") from None

    @classmethod
    def shapes_of(cls, reader: PairReader) -> dict[str, tuple[int, ...]]:
        """The shape of each flat array; KeyError where the pairs are of the other kind."""
        raise NotImplementedError

    @classmethod
    def fill(cls, reader: PairReader, arrays: dict[str, Bytes], workers: int) -> None:
        """Decode all records into the arrays."""
        raise NotImplementedError


class ImageTextStore(PairStore):
    """Data set A: images with several captions each.

    Attributes:
        images: uint8 [N, 3, H, W].
        maps: float16 [N, C, h, w], what a pretrained network made of the images, or None.
        lengths: int64 [N], symbols of each image's longest caption.
        caption_counts: int64 [N].
    """

    maps: NDArray[np.float16] | None = None

    def __init__(self, reader: PairReader, arrays: dict[str, Bytes]) -> None:
        super().__init__(reader, arrays)
        self.images = arrays["images"]
        self.texts: list[list[str]] = reader.rows["texts"].to_pylist()
        self.caption_counts = np.array([len(texts) for texts in self.texts], np.int64)
        self.flat = FlatTexts([text for texts in self.texts for text in texts])
        self.first = np.cumsum(self.caption_counts) - self.caption_counts
        self.lengths = np.maximum.reduceat(self.flat.lengths, self.first)

    def captions(self, index: int) -> list[str]:
        """All captions of one image."""
        return self.texts[index]

    def chosen(self) -> list[str]:
        """One fixed caption of each image: the first of the first, the second of the second, ..."""
        return [texts[number % len(texts)] for number, texts in enumerate(self.texts)]

    def batch(self, indices: Indices, caption_choice: Indices) -> ImageTextBatch:
        """Images, and of each the caption `caption_choice` modulo the number of its captions.

        Args:
            indices: int64 [B].
            caption_choice: int64 [B], any numbers from 0 on.
        """
        chosen = self.first[indices] + caption_choice % self.caption_counts[indices]
        maps = None if self.maps is None else torch.from_numpy(self.maps[indices]).float()
        return ImageTextBatch(to_unit(self.images[indices]), self.flat.batch(chosen), maps)

    @classmethod
    def shapes_of(cls, reader: PairReader) -> dict[str, tuple[int, ...]]:
        """Images as they are."""
        return {"images": (len(reader.rows), *reader.shapes["images"])}

    @classmethod
    def fill(cls, reader: PairReader, arrays: dict[str, Bytes], workers: int) -> None:
        """A record holds a block of images."""
        for rows, record in reader.read(workers):
            arrays["images"][rows] = record["images"]


class TextSpeechStore(PairStore):
    """Data set B: texts and the spectrograms of their recordings.

    Attributes:
        texts: one a clip.
        frames: int64 [N], mel and linear frames of each clip.
        lengths: int64 [N], symbols of each text, the end symbol counted.
    """

    def __init__(self, reader: PairReader, arrays: dict[str, Bytes]) -> None:
        super().__init__(reader, arrays)
        self.texts: list[str] = [texts[0] for texts in reader.rows["texts"].to_pylist()]
        self.flat = FlatTexts(self.texts)
        self.lengths = self.flat.lengths
        self.frames, self.starts = frames_of(reader)

    def batch(self, indices: Indices) -> TextSpeechBatch:
        """Texts and mel spectrograms, each padded to the longest; `indices` int64 [B]."""
        mels = self.padded("mel", indices)
        speech = Speech(mels, torch.from_numpy(self.frames[indices]))
        return TextSpeechBatch(self.flat.batch(indices), speech)

    def linears(self, indices: Indices) -> Tensor:
        """Linear spectrograms float32 [B, T, bins], padded with 0 to the longest."""
        return self.padded("linear", indices)

    def padded(self, name: str, indices: Indices) -> Tensor:
        """Spectrograms of one kind, padded with 0 to the longest."""
        return to_unit(gather(self.arrays[name], self.starts[indices], self.frames[indices]))

    def single(self, name: str, index: int) -> NDArray[np.float32]:
        """One spectrogram of one kind, float32 [T, bins] in [0, 1]."""
        return self.padded(name, np.array([index]))[0].numpy()

    def mel(self, index: int) -> NDArray[np.float32]:
        """One mel spectrogram, float32 [T, mels] in [0, 1]."""
        return self.single("mel", index)

    def linear(self, index: int) -> NDArray[np.float32]:
        """One linear spectrogram, float32 [T, bins] in [0, 1]."""
        return self.single("linear", index)

    @classmethod
    def shapes_of(cls, reader: PairReader) -> dict[str, tuple[int, ...]]:
        """The frames of all clips, one after the other."""
        frames = int(frames_of(reader)[0].sum())
        return {name: (frames, *reader.shapes[name]) for name in ("mel", "linear")}

    @classmethod
    def fill(cls, reader: PairReader, arrays: dict[str, Bytes], workers: int) -> None:
        """A record holds one clip."""
        frames, starts = frames_of(reader)
        for rows, record in reader.read(workers):
            start = starts[rows.start]
            for name, array in arrays.items():
                array[start : start + frames[rows.start]] = record[name]


def frames_of(reader: PairReader) -> tuple[Indices, Indices]:
    """The number of frames of each clip, and the first of them in the flat arrays, int64 [N]."""
    if "frames" not in reader.rows.column_names:
        raise KeyError("frames")
    frames = reader.rows["frames"].to_numpy().astype(np.int64)
    return frames, np.cumsum(frames) - frames


class StoredSpectrograms(Sequence[NDArray[np.float32]]):
    """All "mel" or "linear" spectrograms of a store, each decoded when it is asked for."""

    def __init__(self, store: TextSpeechStore, name: Literal["mel", "linear"]) -> None:
        self.store, self.name = store, name

    def __len__(self) -> int:
        """The number of clips."""
        return len(self.store)

    @overload
    def __getitem__(self, place: int) -> NDArray[np.float32]: ...
    @overload
    def __getitem__(self, place: slice) -> list[NDArray[np.float32]]: ...
    def __getitem__(self, place: int | slice) -> NDArray[np.float32] | list[NDArray[np.float32]]:
        """One of them, float32 [T, bins] in [0, 1]; raises IndexError behind the last."""
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        return self.store.single(self.name, place)

"""COCO's official layout: `annotations/captions_NAME.json` beside a folder NAME of images."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crossmodal.data.broken import BrokenInput, BrokenInputs
from crossmodal.data.skipmodal.listed_files import (
    find_file,
    id_to_name,
    is_id,
    name_what_is_there,
    why_no_file,
)
from crossmodal.data.skipmodal.texts import clean_text
from crossmodal.errors import DataError, one_line
from crossmodal.files import read_json, write_text

NUMBER = re.compile(r"0|-?[1-9]\d{0,17}", re.ASCII)
Id = int | str  # a text that is no number


@dataclass(frozen=True)
class CaptionedImage:
    """One image: its id in the annotations, its file, its captions in order of their ids."""

    id: Id
    path: Path
    captions: tuple[str, ...]

    @property
    def name(self) -> str:
        """The id as the name of files that are made of the image."""
        return id_to_name(str(self.id))


@dataclass(frozen=True)
class Captions:
    """What the annotations say of one image: texts by place, and what cannot be used by label."""

    texts: list[tuple[tuple[int, Id], str]] = field(default_factory=list)
    broken: list[tuple[str, BrokenInput]] = field(default_factory=list)


def annotation_path(folder: Path, name: str) -> Path:
    """The file with the captions of NAME."""
    return folder / "annotations" / f"captions_{name}.json"


def read_coco(folder: Path, name: str, broken: BrokenInputs) -> list[CaptionedImage]:
    """All images of NAME that are there and have a caption, in order of their ids.

    They lie in the folder NAME, or where their `file_name` leads from `folder`.

    Raises:
        DataError: the annotations are missing, are not JSON, or are not COCO's, or no image is
            there.
    """
    path = annotation_path(folder, name)
    images, annotations = read_lists(path)
    broken.listed["images"] += len(images)
    broken.listed["captions"] += len(annotations)
    files = find_images(folder, name, images, broken)
    captions = read_captions(annotations, files, path.name, broken)
    found = []
    for number in sorted(files, key=place):
        file, own = files[number], captions[number]
        if file is None:
            continue  # counted already; its captions are not counted again
        if own.texts:
            texts = sorted(own.texts, key=lambda text: text[0])
            found.append(CaptionedImage(number, file, tuple(text for _, text in texts)))
            for label, error in own.broken:
                broken.add("captions", error.kind, label, str(error))
        else:
            reasons = [f"{label}: {error.kind}, {error}" for label, error in own.broken]
            reason = "; ".join(reasons) or "no annotation has its id"
            label = file.relative_to(folder).as_posix()
            broken.add("images", "image without captions", label, reason)
    return found


def read_lists(path: Path) -> tuple[list[Any], list[Any]]:
    """The images and the annotations of a file.

    Raises:
        DataError: it is missing, is not JSON, or is not COCO's.
    """
    if not (path.exists() or path.is_symlink()):
        there = name_what_is_there(path.parent)
        raise DataError(f"{path} is missing; {there}; see shard_captions.splits")
    content = read_json(path)
    images, annotations = (
        content.get(key) if isinstance(content, dict) else None for key in ("images", "annotations")
    )
    if not isinstance(images, list) or not isinstance(annotations, list):
        raise DataError(f"{path} is not COCO's: it has no lists 'images' and 'annotations'")
    return images, annotations


def find_images(
    folder: Path, name: str, images: list[Any], broken: BrokenInputs
) -> dict[Id, Path | None]:
    """The file of each image id; None where it cannot be used, which is counted.

    Raises:
        DataError: no image is there.
    """
    files: dict[Id, Path | None] = {}
    missing = ""
    for position, image in enumerate(images):
        values = image if isinstance(image, dict) else {}
        number, file = to_id(values.get("id")), values.get("file_name")
        try:
            if number is None or number in files:
                reason = "no id" if number is None else f"the id {number} is another image's"
                raise BrokenInput("malformed image entry", reason)
            files[number] = None
            files[number] = find_image(folder, name, file)
        except BrokenInput as error:
            label = f"{name}/{file or f'image {position}'}"
            if error.kind == "missing image":
                missing = missing or f"{label}, {error}"
            broken.add("images", error.kind, label, str(error))
    if missing and not any(files.values()):
        there = name_what_is_there(folder / name)
        wrong = f"no image of {annotation_path(folder, name)} is there"
        raise DataError(f"{wrong}: {one_line(missing)}; {there}")
    return files


def find_image(folder: Path, name: str, file: Any) -> Path:
    """The file of an image.

    Raises:
        BrokenInput: it has no name, lies outside of the folder, or is missing.
    """
    if not isinstance(file, str) or not file:
        raise BrokenInput("malformed image entry", "no file_name")
    try:
        path = find_file((folder / name, folder), file)
    except ValueError as error:
        raise BrokenInput("malformed image entry", str(error)) from None
    if path is None:
        raise BrokenInput("missing image", f"it {why_no_file(folder / name / file)}")
    return path


def read_captions(
    annotations: list[Any], known: Iterable[Id], source: str, broken: BrokenInputs
) -> dict[Id, Captions]:
    """The captions of each known image; those of no image are counted."""
    captions = {number: Captions() for number in known}
    for position, annotation in enumerate(annotations):
        values = annotation if isinstance(annotation, dict) else {}
        number, image = to_id(values.get("id")), to_id(values.get("image_id"))
        label = f"{source}: annotation {f'at {position}' if number is None else number}"
        if image is None:
            broken.add("captions", "malformed annotation", label, "no image_id")
        elif image not in captions:
            broken.add("captions", "caption of no image", label, f"no image has the id {image}")
        else:
            try:
                text = read_caption(values.get("caption"))
                # Annotations without an id come last, as they stand.
                order = (2, position) if number is None else place(number)
                captions[image].texts.append((order, text))
            except BrokenInput as error:
                captions[image].broken.append((label, error))
    return captions


def read_caption(text: Any) -> str:
    """A caption that can be used.

    Raises:
        BrokenInput: it is no text, or not one that `clean_text` accepts.
    """
    if not isinstance(text, str):
        raise BrokenInput("malformed annotation", "no caption")
    return clean_text(text)


def to_id(value: Any) -> Id | None:
    """An id, however a program has written it: 12, 12.0 and "12" are 12. None where it is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) not in (int, str) or not is_id(str(value)):
        return None
    return int(value) if NUMBER.fullmatch(str(value)) else value


def place(number: Id) -> tuple[int, Id]:
    """Where an id stands among others: numbers first."""
    return isinstance(number, str), number


def write_coco(
    folder: Path, name: str, images: Iterable[CaptionedImage], size: tuple[int, int]
) -> None:
    """Write the annotations of images of one size (width, height), which lie in the folder NAME."""
    files: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image in images:
        shape = {"width": size[0], "height": size[1]}
        files.append({"id": image.id, "file_name": image.path.name, **shape})
        for caption in image.captions:
            number = len(annotations) + 1
            annotations.append({"id": number, "image_id": image.id, "caption": caption})
    content = {"info": {}, "licenses": [], "images": files, "annotations": annotations}
    write_text(annotation_path(folder, name), json.dumps(content) + "\n")

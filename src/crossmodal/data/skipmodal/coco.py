"""COCO's official layout: `annotations/captions_NAME.json` beside a folder NAME of images."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossmodal.data.broken import BrokenInput, BrokenInputs
from crossmodal.data.skipmodal.texts import clean_text
from crossmodal.errors import DataError
from crossmodal.files import read_json, write_text

FILE_NAME = re.compile(r"\w[\w.-]{0,200}", re.ASCII)


@dataclass(frozen=True)
class CaptionedImage:
    """One image: its id in the annotations, its file, its captions in order of their ids."""

    id: int
    path: Path
    captions: tuple[str, ...]


def annotation_path(folder: Path, name: str) -> Path:
    """The file with the captions of NAME."""
    return folder / "annotations" / f"captions_{name}.json"


def read_coco(folder: Path, name: str, broken: BrokenInputs) -> list[CaptionedImage]:
    """All images of NAME that are there and have a caption, in order of their ids.

    Raises:
        DataError: the annotations are missing, are not JSON, or are not COCO's.
    """
    path = annotation_path(folder, name)
    content = read_json(path)
    images, annotations = (
        content.get(key) if isinstance(content, dict) else None for key in ("images", "annotations")
    )
    if not isinstance(images, list) or not isinstance(annotations, list):
        raise DataError(f"{path} is not COCO's: it has no lists 'images' and 'annotations'")
    files = read_files(images, path.name, broken)
    captions = read_captions(annotations, files.keys(), path.name, broken)
    found = []
    for number in sorted(files):
        image = CaptionedImage(number, folder / name / files[number], tuple(captions[number]))
        if not image.path.is_file():
            broken.add("missing image", f"{name}/{image.path.name}")
        elif not image.captions:
            broken.add("image without captions", f"{name}/{image.path.name}")
        else:
            found.append(image)
    return found


def read_files(images: list[Any], source: str, broken: BrokenInputs) -> dict[int, str]:
    """The file name of each image id."""
    files: dict[int, str] = {}
    for position, image in enumerate(images):
        values = image if isinstance(image, dict) else {}
        number, file = values.get("id"), values.get("file_name")
        if type(number) is not int or number in files:
            broken.add("malformed annotation", f"{source}: image {position}", "no id of its own")
        elif not (isinstance(file, str) and FILE_NAME.fullmatch(file)):
            broken.add("malformed annotation", f"{source}: image {position}", "no file_name")
        else:
            files[number] = file
    return files


def read_captions(
    annotations: list[Any], known: Iterable[int], source: str, broken: BrokenInputs
) -> dict[int, list[str]]:
    """The captions of each image, in order of the annotations' ids."""
    captions: dict[int, list[tuple[int, str]]] = {number: [] for number in known}
    for position, annotation in enumerate(annotations):
        values = annotation if isinstance(annotation, dict) else {}
        number, image, text = (values.get(key) for key in ("id", "image_id", "caption"))
        label = f"{source}: annotation {position}"
        if type(number) is not int or type(image) is not int or not isinstance(text, str):
            broken.add("malformed annotation", label, "no id, image_id and caption")
        elif image not in captions:
            broken.add("malformed annotation", label, f"no image {image}")
        else:
            try:
                captions[image].append((number, clean_text(text)))
            except BrokenInput as error:
                broken.add(error.kind, label, str(error))
    return {image: [text for _, text in sorted(texts)] for image, texts in captions.items()}


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

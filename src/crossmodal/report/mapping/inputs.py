"""What paper A's page is made from, checked as it is read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any
from zipfile import BadZipFile
from zlib import error as ZlibError

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, FiniteFloat, TypeAdapter, ValidationError

from crossmodal.data.mapping.classes import DatasetName, all_classes
from crossmodal.data.mapping.digits import CHANNELS, HEIGHT, WIDTH
from crossmodal.errors import DataError
from crossmodal.files import read_json
from crossmodal.report.mapping.paper import MODALITIES

Images = NDArray[np.uint8]
# What every model is measured by; retrieval and deviations are not there for each.
REQUIRED = ("psnr", "read")
Number = Annotated[FiniteFloat, Field(strict=True)]
MEASURES = TypeAdapter(dict[str, dict[str, Number]])
SHARE = TypeAdapter(Annotated[Number, Field(ge=0, le=1)])


def read_measures(path: Path) -> dict[str, dict[str, float]]:
    """modality -> measure -> value of one model, as `evaluate.mapping.generation` gives it.

    Raises:
        DataError: missing, not JSON, or a measure is missing or not a finite number.
    """
    values = read_json(path)
    try:
        measures = MEASURES.validate_python(values)
    except ValidationError as error:
        key = ".".join(str(part) for part in error.errors()[0]["loc"]) or "its content"
        raise DataError(f"{path} is damaged: {key} is not a finite number") from None
    for modality in MODALITIES:
        for name in REQUIRED:
            if name not in measures.get(modality, {}):
                raise DataError(f"{path} is damaged: {modality}.{name} is missing")
    return measures


def read_accuracy(path: Path) -> float:
    """The classifier's share of MNIST test images read right, from 0 to 1.

    Raises:
        DataError: missing or damaged.
    """
    try:
        return SHARE.validate_python(read_json(path)["test_accuracy"])
    except (KeyError, TypeError, ValidationError):
        raise DataError(f"{path} is damaged: test_accuracy is not a share from 0 to 1") from None


def read_curve(path: Path) -> pd.DataFrame:
    """Columns `images` (seen so far) and `reconstruction` (nats an image) of one training.

    Raises:
        DataError: missing, damaged or empty.
    """
    try:
        curve = pd.read_csv(path)[["images", "reconstruction"]].astype(float)
    except FileNotFoundError:
        raise DataError(f"{path} is missing") from None
    except (KeyError, ValueError, OSError) as error:
        raise DataError(f"{path} is damaged: {' '.join(str(error).split())}") from None
    if curve.empty or not np.isfinite(curve.to_numpy()).all():
        raise DataError(f"{path} is damaged: it needs a line or more of finite numbers")
    return curve


def read_pictures(
    path: Path, dataset: DatasetName, models: Sequence[str]
) -> dict[str, NDArray[Any]]:
    """`classes` int [K], and for each MODEL-MODALITY its pictures, uint8 [K, C, 28, 56].

    Raises:
        DataError: missing, damaged, or the arrays disagree.
    """
    names = [f"{model}-{modality}" for model in models for modality in MODALITIES]
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in ["classes", *names]}
    except FileNotFoundError:
        raise DataError(f"{path} is missing") from None
    except (KeyError, TypeError, ValueError, EOFError, OSError, BadZipFile, ZlibError) as error:
        raise DataError(f"{path} is damaged: {error}") from None
    classes, shape = arrays["classes"], (CHANNELS[dataset], HEIGHT, WIDTH)
    if classes.ndim != 1 or classes.dtype.kind != "i" or not len(classes):
        raise DataError(f"{path} is damaged: its classes are not a list of whole numbers")
    if classes.min() < 0 or classes.max() >= len(all_classes(dataset)):
        raise DataError(f"{path} is damaged: it has classes that {dataset} does not have")
    for name in names:
        if arrays[name].shape != (len(classes), *shape) or arrays[name].dtype != np.uint8:
            raise DataError(f"{path} is damaged: {name} is not uint8 {[len(classes), *shape]}")
    return arrays

"""The folder of trained models: finding one by name, choosing one, copying one."""

import shutil
from pathlib import Path

from crossmodal.cli.source import SENTENCE, fit_dataset, fits_scene
from crossmodal.data.mapping.classes import DATASETS
from crossmodal.errors import DataError, ParameterError, UserError
from crossmodal.files import atomic_path, sha256
from crossmodal.inference import find_bundles, load
from crossmodal.inference.description import CARD, DESCRIPTION, WEIGHTS, shorten
from crossmodal.inference.sources import Content

DEFAULT = "conv_vae"
RUNS = "skipmodal-"  # the models of paper B
SCENES = f"{RUNS}ours-"  # and the seed: the default one
CARD_BYTES = 2**20


def list_bundles(models: Path) -> list[Path]:
    """The bundles in a folder, by name.

    Raises:
        ParameterError: there is none.
    """
    if not (found := find_bundles(models)):
        raise ParameterError(
            f"no trained models in {models}; `make repro` makes them in data/bundles; "
            "--models or CROSSMODAL_MODELS names another folder"
        )
    return found


def find_bundle(models: Path, name: str) -> Path:
    """The bundle of this name; raises ParameterError."""
    known = {path.name: path for path in list_bundles(models)}
    if name not in known:
        raise ParameterError(
            f"{shorten(name)} is no model in {models}; allowed: {', '.join(known)}"
        )
    return known[name]


def choose_bundle(models: Path, content: Content) -> Path:
    """The default model that fits `content`: of the data set of paper A, or of paper B.

    Raises:
        ParameterError: it fits none, or that model is not there.
        DataError: a recording with another number of words, or a damaged model.
    """
    known = {path.name: path for path in list_bundles(models)}
    scenes = next((path for name, path in known.items() if name.startswith(SCENES)), None)
    if scenes and fits_scene(content, scenes):
        return scenes
    try:
        return choose_digits(models, known, content)
    except UserError as error:
        if scenes is None:
            raise
        raise type(error)(
            f"{error}; or a sentence such as {SENTENCE!r}, a square picture of a scene, or a "
            f"recording of a sentence without pauses, for {scenes.name}"
        ) from None


def choose_digits(models: Path, known: dict[str, Path], content: Content) -> Path:
    """The default model of paper A; raises as `choose_bundle` does."""
    defaults = {d: known[name] for d in DATASETS if (name := f"{d}-{DEFAULT}") in known}
    others = [path for name, path in known.items() if not name.startswith(RUNS)]
    if not others:
        raise ParameterError(f"no model of two digits in {models}; name another with --model")
    dataset = fit_dataset(content, [*defaults.values(), *others][0])
    if dataset not in defaults:
        raise ParameterError(
            f"this needs {dataset}-{DEFAULT}, which is not in {models}; name another model with "
            f"--model: {', '.join(known)}"
        )
    return defaults[dataset]


def read_card(bundle: Path) -> str:
    """The model card in Markdown; raises DataError."""
    path = bundle / CARD
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(CARD_BYTES)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is missing or cannot be read: {error}") from None


def copy_bundle(bundle: Path, folder: Path) -> Path:
    """Copy a bundle into `folder`, checked before and after; returns where it is now.

    Raises:
        ParameterError: `folder` cannot be made, or has something of this name.
        DataError: the bundle is damaged, or the copy is not the same.
        OSError: `folder` cannot be written to.
    """
    target = folder / bundle.name
    if not folder.is_dir() and (folder.exists() or not folder.parent.is_dir()):
        raise ParameterError(f"{folder} is no folder and cannot be made; allowed: a folder")
    if target.exists() or target.is_symlink():
        raise ParameterError(f"{target} is already there; remove it, or name another folder")
    load(bundle)
    read_card(bundle)
    with atomic_path(target) as temporary:
        temporary.mkdir()
        for name in (DESCRIPTION, WEIGHTS, CARD):
            # The content alone: the original may be a read-only link into a cache.
            shutil.copyfile(bundle / name, temporary / name)
            if sha256(bundle / name) != sha256(temporary / name):
                raise DataError(f"{temporary / name} is not what was copied")
    return target

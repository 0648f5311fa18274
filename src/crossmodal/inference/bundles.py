"""A folder of trained models: finding one by name, choosing one that fits, copying one.

Bundles are in the folder itself or in folders there, as people collect them and as stages write
them; a model's name is what its description says.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossmodal.errors import DataError, ParameterError, UserError
from crossmodal.files import remove
from crossmodal.inference.description import (
    CARD,
    WEIGHTS,
    Description,
    find_bundles,
    read_description,
    shorten,
)
from crossmodal.inference.kinds import (
    DIGIT_SCENES,
    SCENES,
    fit_dataset,
    fits_scenes,
    kind_of,
    tell_sources,
)
from crossmodal.inference.loading import build_model
from crossmodal.inference.model import find_directions
from crossmodal.inference.sources import Content
from crossmodal.suggestions import did_you_mean

# What speech says right: of scenes their attributes, of a person's own photographs BLEU-1.
SAID = ("test.image_to_speech.attributes.overall", "test.image_to_speech.bleu1")
# What tells the measure of a kind of model in its description, each with what may stand for it:
# shares from 0 to 1.
MEASURES = {
    "embedding-mapping": (("text.read",), ("speech.read",)),
    "direct": (("text.read",), ("speech.read",)),
    "skip-modal": (SAID,),
}


@dataclass(frozen=True)
class Models:
    """The models of a folder.

    known: by name; where a name comes twice, by folder. damaged: why others cannot be used.
    """

    folder: Path
    known: dict[str, Description]
    damaged: dict[Path, DataError]

    def find(self, name: str) -> Description:
        """The model of this name, however its parts are joined: double-conv_vae, Double/Conv-VAE.

        The folder of a bundle inside `folder` is a name for it too.

        Raises:
            ParameterError: there is none, or several. DataError: it is damaged.
        """
        if name in self.known:
            return self.known[name]
        wanted = simplify(name)
        named = [label for label, known in self.known.items() if simplify(known.name) == wanted]
        placed = [
            label
            for label, known in self.known.items()
            if simplify(self.place(known.path.parent)) == wanted
        ]
        found = named if len(named) == 1 else placed or named
        if len(found) == 1:
            return self.known[found[0]]
        if found:
            raise ParameterError(f"{shorten(name)} is the name of several: {', '.join(found)}")
        for path, error in self.damaged.items():
            if simplify(self.place(path)) == wanted:
                raise error
        raise ParameterError(
            f"{shorten(name)} is no model in {self.folder}{did_you_mean(name, self.known)}; "
            f"allowed: {', '.join(self.known)}"
        )

    def place(self, bundle: Path) -> str:
        """Where a bundle is in the folder."""
        return bundle.relative_to(self.folder).as_posix()

    def label(self, known: Description) -> str:
        """What a model is called here."""
        return next(label for label, other in self.known.items() if other is known)

    def defaults(self) -> dict[str, str]:
        """Kind of model -> the name of the default one, see `pick_best`."""
        kinds: dict[str, dict[str, Description]] = {}
        for label, known in self.known.items():
            kinds.setdefault(kind_of(known), {})[label] = known
        return {kind: pick_best(models) for kind, models in sorted(kinds.items())}

    def choose(self, content: Content) -> Description:
        """The default model of the kind that `content` is for.

        Raises:
            ParameterError: it fits none, or more than one, or such a model is not there.
            DataError: a source that cannot be used, or a damaged model.
        """
        if not self.known:
            raise next(iter(self.damaged.values()))
        defaults = self.defaults()
        name = defaults.get(SCENES)
        if name is None:
            return self.choose_digits(defaults, content)
        scenes = self.known[name]
        others = [other for kind, other in defaults.items() if kind != SCENES]
        # What own photographs show may be in any words; the model says what it cannot use.
        own = scenes.dataset != DIGIT_SCENES
        fits = (own and not others) or fits_scenes(content, scenes)
        if fits is None and others:
            raise ParameterError(
                "this picture may show two digits or a scene; say which with --model: allowed are "
                f"{', '.join((*others, name))}, for instance"
            )
        if fits is not False:
            return scenes
        try:
            return self.choose_digits(defaults, content)
        except UserError as error:
            raise type(error)(
                f"{error}; or {tell_sources(scenes)}, or a recording of a sentence without pauses, "
                f"for {name}"
            ) from None

    def choose_digits(self, defaults: dict[str, str], content: Content) -> Description:
        """The default model of paper A; raises as `choose` does."""
        others = [name for kind, name in defaults.items() if kind != SCENES]
        if not others:
            raise ParameterError(
                f"no model of two digits in {self.folder}; name another with --model"
            )
        dataset = fit_dataset(content, self.known[others[0]])
        if dataset not in defaults:
            raise ParameterError(
                f"this needs a model of the data set {dataset!r}, which is not in {self.folder}; "
                f"name another with --model: {', '.join(self.known)}"
            )
        return self.known[defaults[dataset]]


def read_models(folder: Path) -> Models:
    """The descriptions of all models in a folder.

    Raises:
        ParameterError: there is none.
    """
    if not (found := find_bundles(folder)):
        raise ParameterError(
            f"no trained models in {folder}; `make repro` makes them in data/bundles; "
            "--models or CROSSMODAL_MODELS names another folder"
        )
    read: list[Description] = []
    damaged: dict[Path, DataError] = {}
    for path in found:
        try:
            known = read_description(path)
            # What every list and choice relies on.
            _ = find_directions(known), kind_of(known), known.dataset, known.metrics
            read.append(known)
        except DataError as error:
            damaged[path] = error
    names = [known.name for known in read]
    labels: dict[str, Description] = {}
    for known in read:
        place = known.path.parent.relative_to(folder).as_posix()
        # A folder may be called as another model is.
        place = f"./{place}" if place in names else place
        labels[known.name if names.count(known.name) == 1 else place] = known
    return Models(folder, dict(sorted(labels.items())), damaged)


def pick_best(models: Mapping[str, Description]) -> str:
    """Of models of one kind the name of the default one.

    Of those that know the most directions it is the one that reads best by its own measures; those
    without measures come last, and of equal ones the first by name is taken.
    """
    directions = {name: len(find_directions(known)) for name, known in models.items()}
    scores = {name: measure(known) for name, known in models.items()}
    return min(models, key=lambda name: (-directions[name], -scores[name], name))


def measure(known: Description) -> float:
    """The mean of the measures by which models of a kind are compared; -1 where there is none."""
    values = [look_up(known.values.get("metrics"), *keys) for keys in MEASURES[known.family]]
    shares = [v for v in values if type(v) in (int, float) and 0 <= v <= 1]
    return sum(shares) / len(shares) if shares else -1


def look_up(metrics: Any, *keys: str) -> Any:
    """The value at the first key that has one, dots leading into mappings; None where none has."""
    for key in keys:
        found = metrics
        for part in key.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if found is not None:
            return found
    return None


def simplify(name: str) -> str:
    """A name in small letters, with one hyphen for each kind of joint; signs of typography too."""
    return re.sub(r"[\s_/\-\u2010-\u2015\u2212\ufe58\ufe63\uff0d]+", "-", name.strip()).casefold()


def read_card(known: Description) -> str:
    """The model card in Markdown, without the head that is for hubs; raises DataError."""
    try:
        card = known.read(CARD).decode()
        return re.sub(r"\A---\n.*?\n---\n+", "", card, flags=re.DOTALL)
    except ValueError as error:
        raise DataError(f"{known.path.with_name(CARD)} cannot be read: {error}") from None


def copy_bundle(known: Description, folder: Path) -> Path:
    """Write a bundle into `folder` as it was checked, not as its files are; returns where it is.

    Raises:
        ParameterError: `folder` cannot be made, or has something of this name.
        DataError: the bundle is damaged.
        OSError: `folder` cannot be written to.
    """
    from crossmodal.inference.bundle import make_bundle, write_files

    target = folder / known.name
    if not folder.is_dir() and (folder.exists() or not folder.parent.is_dir()):
        raise ParameterError(f"{folder} is no folder and cannot be made; allowed: a folder")
    if target.exists() or target.is_symlink():
        raise ParameterError(f"{target} is already there; remove it, or name another folder")
    contents = {name: known.read(name) for name in (WEIGHTS, CARD)}
    build_model(make_bundle(known, contents[WEIGHTS]))  # refuses what cannot be used
    new = not folder.exists()
    folder.mkdir(exist_ok=True)
    temporary = folder / f".tmp-{known.name}"
    remove(temporary)
    try:
        write_files(temporary, known.values, contents)
        # Unlike `atomic_path` this fails where something has come there meanwhile.
        temporary.rename(target)
    except BaseException:
        remove(temporary)
        if new:
            folder.rmdir()
        raise
    return target

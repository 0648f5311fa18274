"""What each command does: results on standard output, messages on standard error."""

import json
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from crossmodal.cli.source import read_arguments
from crossmodal.cli.terminal import draw, escape
from crossmodal.errors import DataError, FormatError
from crossmodal.inference import Description, Model, Result, load, read_description
from crossmodal.inference.bundles import SAID, Models, copy_bundle, look_up, read_card, read_models
from crossmodal.inference.kinds import SCENES, kind_of
from crossmodal.inference.model import find_directions
from crossmodal.inference.places import is_packed, open_place
from crossmodal.inference.results import find_writer
from crossmodal.inference.sources import Content, Modality

COLUMNS = "{:<21} {:>9} {:>5} {:>11} {:>5} {:>5}  {:<20} {}"
MEASURES = {
    ("text.psnr",): ".2f",
    ("text.read",): ".0%",
    ("speech.psnr",): ".2f",
    ("speech.read",): ".0%",
    SAID: ".0%",
}
LEGEND = """\
dB: PSNR of pictures of combinations never seen in training, against the closest real picture.
read: share of these pictures that a classifier reads as asked; left from text, right from speech.
said: of pictures of unseen scenes, the share of attributes that the speech says right; of
      photographs of your own, BLEU-1 of what is heard.
from, to: what may be given, and what is made of it."""
KINDS = {"double": "two digits", "colored": "digits in colour", SCENES: "sentences and scenes"}


def list_models(options: Namespace) -> None:
    """A line for each model, and one that names those of another version's format.

    Damaged ones are named, and make it fail, after the others.
    """
    models = read_models(Path(options.models))
    defaults = models.defaults()
    rows = [
        summarize(label, known) | {"default": label in defaults.values()}
        for label, known in models.known.items()
    ]
    if rows and options.json:
        print_json(rows)
    elif rows:
        print(
            COLUMNS.format("model", "text: dB", "read", "speech: dB", "read", "said", "from", "to")
        )
        for row in rows:
            print(escape(format_row(row)))
        print(f"\n{LEGEND}\n{explain_defaults(defaults)}")
    damaged = models.damaged if not rows else tell_of_other_formats(models)
    if damaged:
        raise DataError("; ".join(map(str, damaged.values())))


def tell_of_other_formats(models: Models) -> dict[Path, DataError]:
    """Name in one line the models of another version's format; returns those that are damaged."""
    others = {path for path, error in models.damaged.items() if isinstance(error, FormatError)}
    if others:
        named = ", ".join(map(models.place, sorted(others)))
        tell(
            f"left out, as another version wrote them: {named}; export them again, or remove their "
            f"folders from {models.folder}"
        )
    return {path: error for path, error in models.damaged.items() if path not in others}


def summarize(label: str, known: Description) -> dict[str, Any]:
    """What `models` tells of a model."""
    return {
        "name": label,
        "dataset": known.dataset,
        "family": known.family,
        "directions": [list(pair) for pair in find_directions(known)],
        "metrics": known.metrics,
    }


def explain_defaults(defaults: dict[str, str]) -> str:
    """Which model is taken where none is named, and why."""
    taken = (f"{name} for {KINDS.get(kind, kind)}" for kind, name in defaults.items())
    return (
        f"Without --model: {escape(', '.join(taken))}.\n"
        "Of each kind the one is taken that knows the most directions and of these reads best: by "
        "the\nmean of both `read`, or by `said`."
    )


def format_row(row: dict[str, Any]) -> str:
    """One line of the table."""
    cells = []
    for keys, form in MEASURES.items():
        value = look_up(row["metrics"], *keys)
        cells.append(format(value, form) if type(value) in (int, float) else "")
    for ends in zip(*row["directions"], strict=True):
        cells.append(", ".join(name for name in get_args(Modality) if name in ends))
    return COLUMNS.format(row["name"], *cells).rstrip()


def describe(options: Namespace) -> None:
    """The model card, or all of the description."""
    known = find(options)[1]
    if options.json:
        print_json(known.values)
    else:
        print("\n".join(escape(line) for line in read_card(known).splitlines()))


def generate(options: Namespace) -> None:
    """Save, draw or print what the source is in another modality."""
    output = None if options.output is None else Path(options.output)
    if output:
        find_writer(output, options.to)
    name, model, content = prepare(options)
    result = model.generate(content, to=options.to)
    if output:
        result.save(output)
    if options.json:
        known = {"model": name, **result.summary(), "output": options.output}
        if result.image is not None and not output:
            known["pixels"] = result.image.tolist()
        print_json(known)
    else:
        show(result, output)


def show(result: Result, output: Path | None) -> None:
    """The result itself unless it was saved, and what is to be said about it."""
    if output is None:
        print(draw(result.image) if result.image is not None else result.text)
    if result.heard:
        tell(f"heard: {' '.join(result.heard)}")
    if result.warning:
        tell(f"take care: {result.warning}")
    elif result.reading:
        tell(f"a classifier reads the same, {result.reading.confidence:.0%} sure")
    if result.seen_in_training is not None:
        seen = "seen" if result.seen_in_training else "never seen"
        tell(f"{result.text}: a combination {seen} in training")
    if output:
        tell(f"{output} written")
    elif result.target == "speech":
        tell("to hear it, name a file: --output FILE.wav")


def retrieve(options: Namespace) -> None:
    """The nearest real images, nearest first."""
    name, model, content = prepare(options)
    items = model.retrieve(content, options.count)
    warning = doubt(model, content)
    if options.json:
        found = [item.summary() for item in items]
        print_json({"model": name, "items": found, "warning": warning})
        return
    for place, item in enumerate(items, 1):
        print(f"{place}. {' '.join(item.words)}, {item.split}, distance {item.distance:.3f}")
        print(draw(item.image))
    if warning:
        tell(f"take care: {warning}")


def doubt(model: Model, content: Content) -> str | None:
    """Why a picture may be taken for another, as reading it tells; None where nothing says so."""
    # Only models of two digits have a second opinion.
    if isinstance(content, str | tuple) or kind_of(model.description) == SCENES:
        return None
    return model.generate(content, to="text").warning


def export(options: Namespace) -> None:
    """Copy a model's folder."""
    name, known = find(options)
    target = copy_bundle(known, Path(options.folder))
    if options.json:
        print_json({"model": name, "folder": str(target)})
    else:
        tell(f"{target} written; its checksums are right")


def find(options: Namespace) -> tuple[str, Description]:
    """What the model that was named is called, and its description."""
    if is_packed(options.model):
        known = read_description(open_place(options.model))
        return known.name, known
    models = read_models(Path(options.models))
    known = models.find(options.model)
    return models.label(known), known


def prepare(options: Namespace) -> tuple[str, Model, Content]:
    """The name of the model that was named or that fits, the model, and the source's content."""
    content = read_arguments(options.source)
    if options.model is not None:
        name, known = find(options)
    else:
        models = read_models(Path(options.models))
        known = models.choose(content)
        name = models.label(known)
        for error in tell_of_other_formats(models).values():
            tell(f"not considered: {error}")
    return name, load(known.path.parent), content


def print_json(value: Any) -> None:
    """One JSON value for programs; raises DataError where a number is none."""
    try:
        print(json.dumps(value, allow_nan=False))
    except ValueError:
        raise DataError("the model answers with values that are no numbers") from None


def tell(message: str) -> None:
    """A line for the person."""
    print(escape(message), file=sys.stderr)


COMMANDS: dict[str, Callable[[Namespace], None]] = {
    "models": list_models,
    "describe": describe,
    "generate": generate,
    "retrieve": retrieve,
    "export": export,
}

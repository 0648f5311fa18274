"""What each command does: results on standard output, messages on standard error."""

import json
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from crossmodal.cli.source import read_arguments
from crossmodal.cli.terminal import draw, escape
from crossmodal.errors import DataError, UserError
from crossmodal.inference import Description, Model, Result, load, read_description
from crossmodal.inference.bundles import (
    choose_bundle,
    copy_bundle,
    find_bundle,
    list_bundles,
    read_card,
)
from crossmodal.inference.model import find_directions
from crossmodal.inference.results import find_writer
from crossmodal.inference.sources import Content, Modality

COLUMNS = "{:<21} {:>9} {:>5} {:>11} {:>5} {:>5}  {:<20} {}"


def list_models(options: Namespace) -> None:
    """A line for each model; damaged ones are named, and make it fail, after the others."""
    rows: list[dict[str, Any]] = []
    damaged: list[str] = []
    for path in list_bundles(Path(options.models)):
        try:
            rows.append(summarize(read_description(path)))
        except UserError as error:
            damaged.append(str(error))
    if rows and options.json:
        print_json(rows)
    elif rows:
        print(
            COLUMNS.format("model", "text: dB", "read", "speech: dB", "read", "said", "from", "to")
        )
        for row in rows:
            print(escape(format_row(row)))
    if damaged:
        raise DataError("; ".join(damaged))


def summarize(known: Description) -> dict[str, Any]:
    """What `models` tells of a model."""
    return {
        "name": known.path.parent.name,
        "dataset": known.dataset,
        "family": known.family,
        "directions": [list(pair) for pair in find_directions(known)],
        "metrics": known.metrics,
    }


def format_row(row: dict[str, Any]) -> str:
    """One line of the table."""
    cells = []
    for modality in ("text", "speech"):
        measured = row["metrics"].get(modality)
        for key, form in (("psnr", ".2f"), ("read", ".0%")):
            value = measured.get(key) if isinstance(measured, dict) else None
            cells.append(format(value, form) if isinstance(value, int | float) else "")
    cells.append(format_said(row["metrics"]))
    for ends in zip(*row["directions"], strict=True):
        cells.append(", ".join(name for name in get_args(Modality) if name in ends))
    return COLUMNS.format(row["name"], *cells).rstrip()


def format_said(metrics: dict[str, Any]) -> str:
    """The share of attributes that speech made of unseen combinations says rightly, of paper B."""
    value: Any = metrics
    for key in ("test", "image_to_speech", "attributes", "overall"):
        value = value.get(key) if isinstance(value, dict) else None
    return format(value, ".0%") if isinstance(value, int | float) else ""


def describe(options: Namespace) -> None:
    """The model card, or all of the description."""
    bundle = find_bundle(Path(options.models), options.model)
    known = read_description(bundle)
    if options.json:
        print_json(known.values)
    else:
        print("\n".join(escape(line) for line in read_card(bundle).splitlines()))


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
    if options.json:
        found = [item.summary() for item in items]
        print_json({"model": name, "items": found})
        return
    for place, item in enumerate(items, 1):
        print(f"{place}. {' '.join(item.words)}, {item.split}, distance {item.distance:.3f}")
        print(draw(item.image))


def export(options: Namespace) -> None:
    """Copy a model's folder."""
    bundle = find_bundle(Path(options.models), options.model)
    target = copy_bundle(bundle, Path(options.folder))
    if options.json:
        print_json({"model": bundle.name, "folder": str(target)})
    else:
        tell(f"{target} written; its checksums are right")


def prepare(options: Namespace) -> tuple[str, Model, Content]:
    """The model that was named or that fits with its name, and the source's content."""
    models = Path(options.models)
    content = read_arguments(options.source)
    if options.model is None:
        bundle = choose_bundle(models, content)
    else:
        bundle = find_bundle(models, options.model)
    return bundle.name, load(bundle), content


def print_json(value: Any) -> None:
    """One JSON value for programs."""
    print(json.dumps(value))


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

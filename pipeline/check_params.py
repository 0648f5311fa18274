"""Check every parameter before any work is done."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crossmodal.config.own_input import EMBEDDED, NOTHING, PLACE
from crossmodal.config.retrain import Retrain
from crossmodal.config.section import Section
from crossmodal.errors import ParameterError
from crossmodal.files import write_json, write_text
from pipeline import stage
from pipeline.mapping.parameters import MappingParameters, check_runs
from pipeline.paths import PARAMS_OF
from pipeline.skipmodal.parameters import SkipModalParameters, check_sentences, check_variants

# What other stages wait for.
CHECKED = Path("data/params/checked.json")
PAPERS: dict[str, type[Section]] = {
    "mapping": MappingParameters,
    "skipmodal": SkipModalParameters,
}


class Parameters(MappingParameters, SkipModalParameters):
    """All of params.yaml."""

    retrain: Retrain


def main() -> None:
    """Validate; write what each paper's page tells of its parameters.

    `CHECKED` never changes, so a changed parameter reruns only its own stages.
    """
    values = stage.load_all()
    check(values)
    for paper, sections in PAPERS.items():
        told = {name: values[name] for name in sections.model_fields}
        write_text(PARAMS_OF[paper], json.dumps(told, indent=2) + "\n")  # in the file's order
    write_json(CHECKED, {"valid": True})


def check(values: Mapping[str, Any]) -> None:
    """Check each section by itself and those that must agree.

    Raises:
        ParameterError: a line for each mistake.
    """
    parameters = Parameters.parse(values, "")
    check_runs(parameters)
    check_variants(parameters)
    check_sentences(parameters)
    check_own(parameters)


def check_own(parameters: Section) -> None:
    """Whether files and folders of your own are there.

    Raises:
        ParameterError: a line for each that is missing.
    """
    missing = [
        f"{name}.{key}: {place} is missing; name what is there, or {NOTHING}"
        for name, section in parameters
        for key, field in type(section).model_fields.items()
        if PLACE in field.metadata
        and (place := getattr(section, key)) not in (NOTHING, *EMBEDDED)
        and not Path(place).exists()
    ]
    if missing:
        raise ParameterError("\n".join(missing))


if __name__ == "__main__":
    stage.run(main)

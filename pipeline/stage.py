"""What all stages share: command line, parameters, errors, progress, time taken."""

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from crossmodal.config.section import Section
from crossmodal.errors import ParameterError
from crossmodal.files import write_json
from pipeline.failures import reported

PARAMS = Path("params.yaml")
TIMINGS = Path(".timings")
Settings = TypeVar("Settings", bound=Section)


def run(main: Callable[..., None], **choices: Sequence[str] | None) -> None:
    """Run a stage's `main` with one option for each of `choices` (None: any text), then exit.

    A person's mistake, a full disk and the like end in one line and exit code 1, or 2 where a
    parameter is wrong. The time taken and the peak memory go to `.timings/`, beside the cached
    outputs: they differ from run to run.
    """
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    for option, values in choices.items():
        parser.add_argument(f"--{option}", required=True, choices=values)
    options = vars(parser.parse_args())
    name = Path(sys.argv[0]).stem
    started = time.perf_counter()
    with reported(name):
        main(**options)
        if "WORLD_SIZE" in os.environ:
            return  # one of several processes; the one that started them writes the timing of all
        seconds = round(time.perf_counter() - started, 2)
        label = "-".join(options.values())
        stage = f"{name}@{label}" if label else name
        write_json(TIMINGS / f"{stage}.json", {"seconds": seconds, "peak_mib": peak_memory()})


def peak_memory() -> int:
    """The most memory that this process, or one that it has started, has held, MiB."""
    status = Path("/proc/self/status")
    # Linux counts in KiB, macOS in bytes.
    unit = 2**10 if status.is_file() else 2**20
    started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // unit
    if status.is_file():
        # Not getrusage: there Linux counts the parent's memory at the fork too.
        own = int(status.read_text().split("VmHWM:")[1].split()[0]) // 1024
    else:
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
    return max(own, started)


def load_all() -> dict[str, Any]:
    """All sections of the parameters, not validated.

    Raises:
        ParameterError: the file is missing or is not a YAML mapping.
    """
    try:
        values = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParameterError(f"{PARAMS} is missing: run from the project's folder") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise ParameterError(f"{PARAMS} is not YAML: {reason}") from None
    if not isinstance(values, dict):
        raise ParameterError(f"{PARAMS} must be a mapping of sections")
    return values


def load(name: str, section: type[Settings]) -> Settings:
    """One validated section of the parameters.

    Raises:
        ParameterError: a line for each mistake.
    """
    values = load_all()
    if name not in values:
        raise ParameterError(f"{PARAMS}: the section {name} is missing")
    return section.parse(values[name], name)

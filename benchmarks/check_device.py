"""Try both papers on a device, a GPU above all: does all run, does it resume, how fast is it.

Both papers run at the smoke scale, in float32 and in bfloat16; what does not depend on the device
comes from DVC's cache. Trainings that are killed have to end with the bytes of those that were not.
Steps a second are of each training at the sizes of params.yaml, on the smoke scale's data, the
CPU's beside them. It prints one table in Markdown; exit code 1 where anything in it is wrong.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch

from benchmarks.device_trainings import KILLED, TRAININGS
from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.files import read_json, remove
from crossmodal.report.tables import markdown_table
from pipeline import stage
from pipeline.failures import reported
from pipeline.paths import SUMMARIES
from pipeline.run_scale import WORKSPACES, merge, write_params

PROJECT = Path(__file__).resolve().parents[1]
SMOKE = "both papers, smoke scale"
RESUMED = "killed and resumed: "
PRECISIONS = ("float32", "bfloat16")
SCALE = "device"
WORKSPACE = WORKSPACES / SCALE
# Where steps are timed: with the workspace's data, and other parameters.
TIMED = WORKSPACES / "device-timed"
OWN = ("models", "runs", "measures", "generated")
LONG = 100  # epochs, so that no training ends before it was timed


class Place(NamedTuple):
    """A device and the precision used on it."""

    device: str
    precision: str

    def __str__(self) -> str:
        return f"{self.device}, {self.precision}"


# (row, place) -> what came of it: `seconds` and `psnr` (dB), `same`, `rate` and `mib`, or `error`.
Results = dict[tuple[str, Place], Mapping[str, Any]]


def main() -> int:
    """Check, print the table, return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    device = parser.parse_args().device
    prepare_runtime(Compute(device=device, precision="float32", threads=1))  # is it there?
    started = time.perf_counter()
    tried = [Place(device, precision) for precision in PRECISIONS]
    places = list(dict.fromkeys([Place("cpu", "float32"), *tried]))
    results: Results = {}
    for place in tried:
        results[SMOKE, place] = run_smoke(place)
        if place == tried[0] and "error" not in results[SMOKE, place]:
            for name, known in work_in(WORKSPACE, "resume").items():
                results[RESUMED + name, place] = known
    for place in places:
        prepare_timed(place)
        for name, known in work_in(TIMED, "steps").items():
            results[name, place] = known
    print(write_table(describe(device), places, results))
    print(f"\n{time.perf_counter() - started:.0f} s. {tell_failures(results, tried)}")
    return 1 if find_failures(results, tried) else 0


def run_smoke(place: Place) -> Mapping[str, Any]:
    """Run both papers in the workspace; what is printed goes to a log, and its end to `error`."""
    known = {"CROSSMODAL_DEVICE": place.device, "CROSSMODAL_PRECISION": place.precision}
    command = [sys.executable, "-m", "pipeline.run_scale", SCALE]
    started = time.perf_counter()
    done = subprocess.run(
        command,
        env={**os.environ, **known},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    log = WORKSPACES / f"device-{place.precision}.log"
    log.write_text(done.stdout, encoding="utf-8")
    if done.returncode:
        return {"error": f"see {log}"}
    # A device that computes wrongly would show here.
    psnr = read_json(WORKSPACE / SUMMARIES / "mapping.json")["double"]["text"]["psnr"]
    return {"seconds": time.perf_counter() - started, "psnr": psnr}


def work_in(folder: Path, what: str) -> dict[str, Mapping[str, Any]]:
    """What `benchmarks.device_trainings` says, by training."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.device_trainings", what],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (PROJECT / "src", PROJECT)))},
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    known = (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
    return {each.pop("name"): each for each in known}


def prepare_timed(place: Place) -> None:
    """A folder with the workspace's data and the project's parameters, for long trainings."""
    remove(TIMED)
    (TIMED / "data").mkdir(parents=True)
    for path in (WORKSPACE / "data").iterdir():
        if path.name not in OWN:
            (TIMED / "data" / path.name).symlink_to(path.resolve())
    defaults = stage.load_all()
    epochs = defaults["train_autoencoder"]["epochs"]
    changes = {
        "compute": place._asdict(),
        "train_autoencoder": {
            "epochs": {dataset: dict.fromkeys(models, LONG) for dataset, models in epochs.items()}
        },
        # From the first step on `ours` learns all that it learns.
        "skipmodal": {"architectures": {"ours": {"network": {"additions": {"text_first": 0.0}}}}},
    }
    write_params(TIMED / stage.PARAMS, merge(defaults, changes, str(stage.PARAMS)))


def describe(device: str) -> str:
    """What was tried, the head of the first column."""
    name = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    vectors = torch.backends.cpu.get_cpu_capability()
    threads = stage.load_all()["compute"]["threads"]
    return f"{name}, torch {torch.__version__}; cpu: {vectors}, {threads} of {os.cpu_count()} cores"


def write_table(title: str, places: list[Place], results: Results) -> str:
    """A row for each check, a column for each place."""
    names = [SMOKE, *(RESUMED + name for name in KILLED), *TRAININGS]
    rows = [
        [
            name,
            *(show(results.get((name, place)), results.get((name, places[0]))) for place in places),
        ]
        for name in names
    ]
    return markdown_table([title, *map(str, places)], rows)


def show(known: Mapping[str, Any] | None, first: Mapping[str, Any] | None) -> str:
    """A cell; a rate is compared with that of the first place."""
    match known:
        case None:
            return "–"
        case {"error": error}:
            return f"FAILED: {error}".replace("|", "/")
        case {"seconds": seconds, "psnr": psnr}:
            return f"{seconds:.0f} s, PSNR {psnr:.2f} dB"
        case {"same": same}:
            return "same bytes" if same else "FAILED: other bytes"
    times = f"{known['rate'] / first['rate']:.2f} x, " if first and "rate" in first else ""
    return f"{known['rate']:.1f} steps/s ({times}{known['mib']:.0f} MiB)"


def find_failures(results: Results, tried: list[Place]) -> list[str]:
    """What went wrong or is missing."""
    wanted = [(SMOKE, place) for place in tried]
    wanted += [(RESUMED + name, tried[0]) for name in KILLED]
    wanted += [(name, place) for name in TRAININGS for place in tried]
    return [
        f"{name} ({place})"
        for name, place in wanted
        if (known := results.get((name, place), {})).get("error")
        or not (known.get("same", True) and known)
    ]


def tell_failures(results: Results, tried: list[Place]) -> str:
    """A sentence on all checks."""
    failures = find_failures(results, tried)
    return f"FAILED or missing: {'; '.join(failures)}" if failures else "All is well."


if __name__ == "__main__":
    with reported("check_device"):
        sys.exit(main())

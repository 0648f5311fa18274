"""Trainings on a device: how many steps a second, and whether one that is killed resumes.

A worker of `benchmarks.check_device`. It works in the folder where it is started: `data/` with what
trainings read, and `params.yaml`. A training is the stage's own; it is stopped from a hook that
torch calls after every step of an optimizer.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

from crossmodal.errors import one_line
from crossmodal.files import remove
from crossmodal.models.mapping.names import AUTOENCODERS
from pipeline import stage, train_classifier
from pipeline.mapping import train_autoencoder, train_direct, train_mapping
from pipeline.paths import CHECKPOINTS, MODELS
from pipeline.skipmodal import plan_skipmodal, train_cyclegan, train_post_net, train_skipmodal

Work = Callable[[], None]
WARM_UP, STEPS, SECONDS = 20, 200, 3.0
DATASETS = ("double", "colored")
TRAININGS: Mapping[str, Work] = {
    "classifier": train_classifier.main,
    **{
        f"{model}, {dataset}": partial(train_autoencoder.main, dataset=dataset, model=model)
        for dataset in DATASETS
        for model in AUTOENCODERS
    },
    "mapping, double": partial(train_mapping.main, dataset="double"),
    "baseline, double": partial(train_direct.main, dataset="double"),
    "post-net": train_post_net.main,
    "paper B, paper": partial(train_skipmodal.main, run="paper-0"),
    "paper B, ours": partial(train_skipmodal.main, run="ours-0"),
    "CycleGAN": partial(train_cyclegan.main, run="cyclegan-0"),
}
# Of a training that is killed: after how many steps, behind its first checkpoint and before its
# end, and what it makes.
KILLED: Mapping[str, tuple[int, Path]] = {
    "conv_vae, double": (35, MODELS / "autoencoder/double/conv_vae"),
    "paper B, paper": (5, MODELS / "skipmodal/paper-0"),
    "paper B, ours": (5, MODELS / "skipmodal/ours-0"),
}


class Stopped(Exception):
    """A training was stopped on purpose."""


@contextmanager
def after_steps(act: Callable[[int], None]) -> Iterator[None]:
    """Call `act` with the number of steps done, after each step of the first optimizer that steps.

    A `Stopped` that it raises ends what is inside.
    """
    first: list[Any] = []
    steps = 0

    def count(optimizer: Any, *_: Any) -> None:
        nonlocal steps
        first[:] = first or [optimizer]
        if optimizer is first[0]:
            steps += 1
            act(steps)

    hook = register_optimizer_step_post_hook(count)
    try:
        yield
    except Stopped:
        pass
    finally:
        hook.remove()


def measure_steps(training: Work, device: torch.device) -> dict[str, float]:
    """Steps a second after a warm-up; the peak memory of the device, or of the process, MiB."""
    remove(CHECKPOINTS)
    reset_peak(device)
    marks: dict[int, float] = {}

    def act(steps: int) -> None:
        if steps == WARM_UP:
            marks[steps] = now(device)
        done = steps - WARM_UP
        if done == STEPS or (done > 0 and time.perf_counter() - marks[WARM_UP] > SECONDS):
            marks[steps] = now(device)
            raise Stopped

    with after_steps(act):
        training()
    first, last = marks
    rate = (last - first) / (marks[last] - marks[first])
    return {"rate": rate, "mib": read_peak(device)}


def now(device: torch.device) -> float:
    """The time at which the device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def reset_peak(device: torch.device) -> None:
    """Forget the largest amount of memory so far."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    elif Path("/proc/self/clear_refs").is_file():
        Path("/proc/self/clear_refs").write_text("5")


def read_peak(device: torch.device) -> float:
    """The largest amount of memory since, MiB."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    return stage.peak_memory()


def check_resume(training: Work, killed_after: int, made: Path) -> dict[str, bool]:
    """Whether a killed training that goes on makes the bytes that lie there, of a straight run."""
    remove(CHECKPOINTS)
    straight = hash_files(made)

    def act(steps: int) -> None:
        if steps == killed_after:
            raise Stopped

    with after_steps(act):
        training()
    assert list(CHECKPOINTS.glob("*.pt")), "it was killed before its first checkpoint"
    training()
    return {"same": hash_files(made) == straight}


def hash_files(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file in a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def tell(name: str, work: Callable[[], Mapping[str, float]]) -> None:
    """Print what came of a training, as a line of JSON; an error of any kind is a result, too."""
    try:
        known: dict[str, Any] = dict(work())
    except Exception as error:
        known = {"error": f"{type(error).__name__}: {one_line(error)}"}
    print(json.dumps({"name": name, **known}), flush=True)


def main() -> None:
    """Measure all trainings, or kill and resume some."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["steps", "resume"])
    what = parser.parse_args().what
    device = torch.device(stage.load_all()["compute"]["device"])
    if what == "steps":
        plan_skipmodal.main()
        for name, training in TRAININGS.items():
            tell(name, partial(measure_steps, training, device))
    else:
        for name, (killed_after, made) in KILLED.items():
            tell(name, partial(check_resume, TRAININGS[name], killed_after, made))


if __name__ == "__main__":
    main()

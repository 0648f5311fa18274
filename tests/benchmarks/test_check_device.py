"""The check of a device: its table, what it takes for a failure, and how it stops trainings."""

from pathlib import Path

import pytest
import torch

from benchmarks.check_device import (
    RESUMED,
    SMOKE,
    Place,
    find_failures,
    prepare_timed,
    write_table,
)
from benchmarks.device_trainings import (
    KILLED,
    STEPS,
    TRAININGS,
    WARM_UP,
    Stopped,
    after_steps,
    check_resume,
    measure_steps,
)
from crossmodal.train.checkpoint import Checkpoint
from pipeline import stage
from pipeline.check_params import Parameters

CPU, GPU, HALF = Place("cpu", "float32"), Place("cuda", "float32"), Place("cuda", "bfloat16")
TRIED = [GPU, HALF]


@pytest.fixture
def results():
    """Of a GPU on which all is well."""
    known = {(SMOKE, place): {"seconds": 61.2, "psnr": 13.482} for place in TRIED}
    known |= {(RESUMED + name, GPU): {"same": True} for name in KILLED}
    for place, rate in ((CPU, 50.0), (GPU, 200.0), (HALF, 25.0)):
        known |= {(name, place): {"rate": rate, "mib": 33.4} for name in TRAININGS}
    return known


def test_the_table(results):
    table = write_table("a card", [CPU, GPU, HALF], results)
    header, _, *rows = [
        [cell.strip() for cell in line[2:-2].split(" | ")] for line in table.splitlines()
    ]
    assert header == ["a card", "cpu, float32", "cuda, float32", "cuda, bfloat16"]
    assert len(rows) == 1 + len(KILLED) + len(TRAININGS)
    assert rows[0] == [SMOKE, "–", "61 s, PSNR 13.48 dB", "61 s, PSNR 13.48 dB"]
    assert rows[1] == [f"{RESUMED}conv_vae, double", "–", "same bytes", "–"]
    assert rows[-1][:3] == [
        "CycleGAN",
        "50.0 steps/s (1.00 x, 33 MiB)",
        "200.0 steps/s (4.00 x, 33 MiB)",
    ]
    assert rows[-1][3].startswith("25.0 steps/s (0.50 x")
    assert not find_failures(results, TRIED)


@pytest.mark.parametrize(
    ("row", "place", "known", "shown"),
    [
        (SMOKE, HALF, {"error": "see a|b"}, "FAILED: see a/b"),
        (RESUMED + "conv_vae, double", GPU, {"same": False}, "FAILED: other bytes"),
        ("post-net", HALF, {"error": "RuntimeError: no kernel"}, "FAILED: RuntimeError: no kernel"),
        ("post-net", GPU, None, None),
        (RESUMED + "conv_vae, double", GPU, None, None),
        (SMOKE, GPU, None, None),
    ],
)
def test_what_failed_or_is_missing_is_named(results, row, place, known, shown):
    del results[row, place]
    if known is not None:
        results[row, place] = known
        assert f"| {shown} |" in write_table("a card", [CPU, GPU, HALF], results)
    assert find_failures(results, TRIED) == [f"{row} ({place})"]


class Training:
    """A toy with a checkpoint after each third step; `flaw`: what going on adds to its weights."""

    def __init__(self, folder: Path, steps: int = 8, flaw: float = 0.0) -> None:
        self.made, self.steps, self.flaw = folder / "made", steps, flaw
        self.checkpoint = Checkpoint(folder / ".checkpoints/toy.pt")
        self.done = 0

    def __call__(self) -> None:
        weight, beside = (torch.nn.Parameter(torch.zeros(1)) for _ in range(2))
        state = self.checkpoint.load() or {"step": 0, "weight": 0.0}
        with torch.no_grad():
            weight += state["weight"] + (self.flaw if state["step"] else 0)
        optimizers = [torch.optim.SGD([each], lr=1.0) for each in (weight, beside)]
        for step in range(state["step"], self.steps):
            for optimizer, parameter in zip(optimizers, (weight, beside), strict=True):
                parameter.grad = torch.full((1,), float(step))
                optimizer.step()
            self.done += 1
            if step % 3 == 2:
                self.checkpoint.save({"step": step + 1, "weight": weight.item()})
        self.made.mkdir(exist_ok=True)
        (self.made / "weight").write_text(str(weight.item()))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_training_is_stopped_after_a_step_of_its_first_optimizer(folder):
    training = Training(folder)

    def act(steps: int) -> None:
        if steps == 5:
            raise Stopped

    with after_steps(act):
        training()
    assert training.done == 4 and not training.made.exists()
    training()  # no hook is left
    assert training.made.exists()


@pytest.mark.parametrize("flaw", [0.0, 1.0])
def test_a_killed_training_is_compared_with_the_straight_one(folder, flaw):
    training = Training(folder, flaw=flaw)
    training()
    assert check_resume(training, 5, training.made) == {"same": flaw == 0}


def test_a_kill_before_the_first_checkpoint_proves_nothing(folder):
    training = Training(folder)
    training()
    with pytest.raises(AssertionError, match="before its first checkpoint"):
        check_resume(training, 2, training.made)


def test_steps_are_timed_to_a_limit(folder):
    training = Training(folder, steps=10 * STEPS)
    known = measure_steps(training, torch.device("cpu"))
    assert training.done == WARM_UP + STEPS - 1
    assert known["rate"] > 0 and known["mib"] > 10


def test_timed_trainings_read_the_workspaces_data_with_the_projects_sizes(
    folder, project, monkeypatch
):
    (folder / "params.yaml").write_bytes((project / "params.yaml").read_bytes())
    for name in ("images", "models", "runs"):
        (folder / ".scales/device/data" / name).mkdir(parents=True)
    prepare_timed(GPU)
    timed = folder / ".scales/device-timed"
    assert [path.name for path in (timed / "data").iterdir()] == ["images"]
    monkeypatch.chdir(timed)
    parameters = Parameters.parse(stage.load_all(), "")
    assert (parameters.compute.device, parameters.compute.threads) == ("cuda", 1)

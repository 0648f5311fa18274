"""How time and memory of the stages grow with the number of images: the pipeline's own stages."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import yaml
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from crossmodal.files import atomic_path, read_json
from pipeline import stage
from pipeline.paths import MNIST
from pipeline.stage import TIMINGS

PER_PAIR = (120, 400, 1300, 4000)  # of 84 digit pairs: 10,080 to 336,000 images
STAGES = {
    "synthesize": ["synthesize_images", "--dataset", "colored"],
    "train, one epoch": ["train_autoencoder", "--dataset", "colored", "--model", "mlp_vae"],
    "embed": ["embed_images", "--dataset", "colored", "--model", "mlp_vae"],
}


def measure_growth() -> Iterator[dict[str, float | str]]:
    """A row for every stage and size: stage, images, seconds, peak_mib."""
    for per_pair in PER_PAIR:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            prepare_workspace(folder, per_pair)
            for label, arguments in STAGES.items():
                timing = run_stage(folder, arguments)
                yield {"stage": label, "images": 84 * per_pair, **timing}


def prepare_workspace(folder: Path, per_pair: int) -> None:
    """Parameters with this many images; MNIST as it lies here."""
    params = stage.load_all()
    counts = {"train_per_pair": per_pair, "held_out_per_pair": 10}
    params["synthesize_images"]["counts"]["colored"] = counts
    params["train_autoencoder"]["epochs"]["colored"]["mlp_vae"] = 1
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    (folder / MNIST.parent).mkdir(parents=True)
    (folder / MNIST).symlink_to(MNIST.resolve())


def run_stage(folder: Path, arguments: list[str]) -> dict[str, float]:
    """Seconds and peak memory of one stage in a process of its own."""
    module, *options = arguments
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-m", f"pipeline.mapping.{module}", *options]
    subprocess.run(command, cwd=folder, env=environment, check=True)
    label = "-".join(options[1::2])
    measured: dict[str, float] = read_json(folder / TIMINGS / f"{module}@{label}.json")
    return measured


def draw_growth(path: Path, rows: pd.DataFrame) -> None:
    """Time (with a line through the origin as a guide) and peak memory over the images."""
    figure = Figure((9, 3.2), layout="constrained")
    time_axis, memory_axis = figure.subplots(1, 2)
    for label, measured in rows.groupby("stage", sort=False):
        time_axis.loglog(measured["images"], measured["seconds"], "o-", label=label)
        memory_axis.semilogx(measured["images"], measured["peak_mib"], "o-", label=label)
        largest = measured.iloc[-1]
        guide = measured["images"] * largest["seconds"] / largest["images"]
        time_axis.loglog(measured["images"], guide, ":", color="0.7", zorder=0)
    time_axis.set(xlabel="images", ylabel="seconds", title="time (dotted: proportional)")
    memory_axis.set(xlabel="images", ylabel="peak memory (MiB)", title="memory")
    memory_axis.set_ylim(bottom=0)
    for axis in (time_axis, memory_axis):
        axis.xaxis.set_major_formatter(EngFormatter())
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, fontsize=8)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110, metadata={"Software": None})

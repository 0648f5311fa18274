"""Lay each variant's settings over its architecture's: a file with all settings of each run.

A training depends on its own file, so that a changed variant leaves the others as they are.
"""

from crossmodal.config.section import Section
from crossmodal.config.skipmodal.runs import SkipModalRuns
from crossmodal.files import atomic_path, write_json
from pipeline import stage
from pipeline.skipmodal.paths import RUNS


def main() -> None:
    """Write the settings of every run."""
    config = stage.load("skipmodal", SkipModalRuns)
    networks = (*config.runs.networks, *config.runs.embedded)
    settled: dict[str, Section] = {run: config.settle(run) for run in networks}
    settled |= {run: config.settle_cyclegan(run) for run in config.runs.cyclegans}
    with atomic_path(RUNS) as folder:
        folder.mkdir()
        for run, settings in settled.items():
            write_json(folder / f"{run}.json", settings.model_dump(mode="json"))


if __name__ == "__main__":
    stage.run(main)

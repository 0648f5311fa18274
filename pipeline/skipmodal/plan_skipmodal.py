"""Lay each variant's settings over its architecture's: a file with all settings of each run.

A training depends on its own file, so that a changed variant leaves the others as they are. What
networks must be able to write, say and draw follows from the data.
"""

from textwrap import shorten

from crossmodal.config.section import Section
from crossmodal.config.skipmodal.runs import SkipModalRuns
from crossmodal.data.skipmodal.pair_limits import measure_pairs
from crossmodal.files import atomic_path, write_json
from pipeline import stage
from pipeline.skipmodal.paths import IMAGE_TEXT, RUNS, TEXT_SPEECH


def main() -> None:
    """Write the settings of every run."""
    config = stage.load("skipmodal", SkipModalRuns)
    limits, wordiest = measure_pairs(IMAGE_TEXT, TEXT_SPEECH)
    print(
        f"The longest text has {limits.symbols - 1} characters, the longest clip "
        f"{limits.frames} frames; a picture {limits.image_size} "
        f"pixels of a side; most words, {limits.words}, has {shorten(wordiest, 80)!r}"
    )
    networks = (*config.runs.networks, *config.runs.embedded)
    settled: dict[str, Section] = {run: config.settle(run, limits) for run in networks}
    settled |= {run: config.settle_cyclegan(run, limits) for run in config.runs.cyclegans}
    with atomic_path(RUNS) as folder:
        folder.mkdir()
        for run, settings in settled.items():
            write_json(folder / f"{run}.json", settings.model_dump(mode="json"))


if __name__ == "__main__":
    stage.run(main)

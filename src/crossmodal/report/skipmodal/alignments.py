"""Figure of free-running utterances: mel spectrogram, stop probability, weights of u's parts."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from crossmodal.evaluate.skipmodal.generation import Mel
from crossmodal.report.figures import save_figure


def draw_alignments(path: Path, title: str, utterances: Sequence[tuple[str, Mel]]) -> None:
    """A column for each utterance, with its id; CycleGAN's have a mel spectrogram only."""
    figure = Figure((1 + 3 * len(utterances), 5), layout="constrained")
    figure.suptitle(title, fontsize=9)
    columns = figure.subplots(3, len(utterances), squeeze=False).T
    for (mel_axis, attention, stop), (name, spoken) in zip(columns, utterances, strict=True):
        mel_axis.imshow(spoken.mel.T, origin="lower", aspect="auto", vmin=0, vmax=1)
        mel_axis.set_title(name, fontsize=7)
        mel_axis.set_ylabel("mel band", fontsize=7)
        if len(spoken.stops):
            attention.imshow(spoken.alignment.T, aspect="auto", vmin=0, vmax=1, cmap="Greys")
        attention.set_ylabel("part of u", fontsize=7)
        stop.plot(spoken.stops, color="#2f6fb0")
        stop.set(ylim=(0, 1))
        stop.set_ylabel("stop", fontsize=7)
        stop.set_xlabel("decoder step", fontsize=7)
    save_figure(figure, path)

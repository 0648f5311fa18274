"""The figures of paper A that a person follows from run to run."""

import pandas as pd

from crossmodal.report.mapping.paper import BASELINE

# What each is called in the summary: in the table of all measures.
FOLLOWED = {
    "psnr": "psnr",
    "read": "read",
    "way_back": "retrieval",
    "captioner": "captioner_retrieval",
}


def summarize(cells: pd.DataFrame, accuracy: float) -> dict[str, object]:
    """dataset -> modality -> mean over the auto-encoders, and how well the classifier reads MNIST.

    psnr in dB. read: the share of held-out classes that the classifier reads right. way_back: the
    share of held-out images whose words are found among all classes, in the paper's form.
    captioner: the same by our captioner, where it was trained.

    Args:
        cells: as `tables.tabulate_measures` makes them.
        accuracy: the classifier's share of MNIST's test images read right.
    """
    proposed = cells[cells["model"] != BASELINE]
    known: dict[str, object] = {"classifier": accuracy}
    for dataset, of_dataset in proposed.groupby("dataset", sort=False):
        known[str(dataset)] = {
            str(modality): {
                n: round(float(part[m].mean()), 4) for n, m in FOLLOWED.items() if m in part
            }
            for modality, part in of_dataset.groupby("modality", sort=False)
        }
    return known

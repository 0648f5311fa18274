"""METEOR and SPICE: written in Java, so they are measured where Java and their jars are.

Elsewhere a score is None, and the reason stands in its place. METEOR takes seconds to half a
minute to load its paraphrases; its process is started once and ends with this one. SPICE also
needs two jars of Stanford CoreNLP 3.6.0, which pycocoevalcap would download when asked; it is
never asked: put them into its folder `spice/lib`.
"""

import math
import shutil
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pycocoevalcap

from crossmodal.evaluate.skipmodal.caption_scores import as_tables
from crossmodal.evaluate.skipmodal.normalization import WRITTEN, Wording

FOLDER = Path(pycocoevalcap.__path__[0])
JARS = {
    "meteor": ("meteor/meteor-1.5.jar", "meteor/data/paraphrase-en.gz"),
    "spice": (
        "spice/spice-1.0.jar",
        "spice/lib/stanford-corenlp-3.6.0.jar",
        "spice/lib/stanford-corenlp-3.6.0-models.jar",
    ),
}


def missing(name: str, folder: Path = FOLDER) -> str | None:
    """Why "meteor" or "spice" cannot be measured here; None where it can."""
    if shutil.which("java") is None:
        return "no Java"
    absent = [jar for jar in JARS[name] if not (folder / jar).is_file()]
    return f"no {Path(absent[0]).name}" if absent else None


@cache
def start(name: str) -> Any:
    """The scorer "meteor" or "spice", started once."""
    if name == "meteor":
        from pycocoevalcap.meteor.meteor import Meteor

        return Meteor()
    from pycocoevalcap.spice.spice import Spice

    return Spice()


def java_scores(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    wording: Wording = WRITTEN,
    starter: Callable[[str], Any] = start,
    why_not: Callable[[str], str | None] = missing,
) -> tuple[dict[str, float | None], dict[str, str]]:
    """METEOR and SPICE, from 0 to 1, and for each that is None the reason."""
    truth, said = as_tables(hypotheses, references, wording)
    scores: dict[str, float | None] = {}
    reasons: dict[str, str] = {}
    for name in JARS:
        reason, value = why_not(name), math.nan
        if reason is None:
            try:
                value = float(starter(name).compute_score(truth, said)[0])
            except Exception as error:  # of another program: whatever it is, the rest counts
                reason = f"{name} failed: {type(error).__name__}"
        scores[name] = value if math.isfinite(value) else None
        if scores[name] is None:
            reasons[name] = reason or f"{name} gave no number"
    return scores, reasons

"""Sentences against references: BLEU and CIDEr; and how many distinct words there are.

Words are as `evaluate.skipmodal.normalization` writes them, so no tokenizer in Java is needed.
Shares are from 0 to 1; CIDEr is from 0 to 10.
"""

from collections.abc import Iterable, Sequence

from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider

from crossmodal.evaluate.skipmodal.normalization import normalize


def caption_scores(
    hypotheses: Sequence[str], references: Sequence[Sequence[str]]
) -> dict[str, float]:
    """BLEU-1 to BLEU-4 over the whole corpus, and CIDEr, as the COCO evaluation has them.

    CIDEr weighs n-grams by how few items' references have them; it is 0 for a single item.
    """
    truth, said = as_tables(hypotheses, references)
    bleu, _ = Bleu(4).compute_score(truth, said, verbose=0)
    cider, _ = Cider().compute_score(truth, said)
    return {**{f"bleu{n}": float(v) for n, v in enumerate(bleu, start=1)}, "cider": float(cider)}


Table = dict[int, list[str]]


def as_tables(
    hypotheses: Sequence[str], references: Sequence[Sequence[str]]
) -> tuple[Table, Table]:
    """References and hypotheses, normalised, as pycocoevalcap takes them."""
    truth: Table = {}
    said: Table = {}
    for number, (hypothesis, texts) in enumerate(zip(hypotheses, references, strict=True)):
        truth[number], said[number] = [normalize(text) for text in texts], [normalize(hypothesis)]
    return truth, said


def distinct_words(sentences: Iterable[str]) -> int:
    """How many different words some sentences use (the paper counts them, section 4.1)."""
    return len({word for sentence in sentences for word in normalize(sentence).split()})

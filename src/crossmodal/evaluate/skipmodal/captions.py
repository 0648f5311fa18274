"""Sentences against references: word error rate, BLEU and CIDEr, distinct words.

All of them see words as `evaluate.skipmodal.normalization` writes them, so no tokenizer in Java is
needed. Shares are from 0 to 1; CIDEr is from 0 to 10.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import jiwer
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider

from crossmodal.errors import DataError
from crossmodal.evaluate.skipmodal.normalization import normalize


@dataclass(frozen=True)
class Alignment:
    """A hypothesis laid along a reference with the fewest edits.

    words: the reference's. said: for each of them whether the hypothesis has it there. edits: words
    to substitute, insert or delete.
    """

    words: tuple[str, ...]
    said: tuple[bool, ...]
    edits: int

    @property
    def rate(self) -> float:
        """Edits per word of the reference."""
        return self.edits / len(self.words)


def align(hypothesis: str, references: Sequence[str]) -> Alignment:
    """The alignment with the reference that has the lowest edit rate, the first of several.

    Raises:
        DataError: there is no reference, or one has no words.
    """
    texts = [normalize(reference) for reference in references]
    if not texts or not all(texts):
        raise DataError(f"every sentence needs references with words; not {list(references)!r}")
    result = jiwer.process_words(texts, [normalize(hypothesis)] * len(texts))
    aligned = []
    for words, chunks in zip(result.references, result.alignments, strict=True):
        said, edits = [False] * len(words), 0
        for chunk in chunks:
            start, end = chunk.ref_start_idx, chunk.ref_end_idx
            if chunk.type == "equal":
                said[start:end] = [True] * (end - start)
            else:
                edits += max(end - start, chunk.hyp_end_idx - chunk.hyp_start_idx)
        aligned.append(Alignment(tuple(words), tuple(said), edits))
    return min(aligned, key=lambda alignment: alignment.rate)


def word_error_rate(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Edits over words, summed over all items; of several references the nearest one counts.

    Above 1 where hypotheses are much longer than their references.

    Raises:
        DataError: as `align`.
        ValueError: the lists are empty or differ in length.
    """
    if not hypotheses:
        raise ValueError("there is no sentence to measure")
    nearest = [align(*pair) for pair in zip(hypotheses, references, strict=True)]
    return sum(item.edits for item in nearest) / sum(len(item.words) for item in nearest)


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

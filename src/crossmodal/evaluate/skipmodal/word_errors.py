"""Word error rate, as jiwer and sclite have it: substitutions, insertions and deletions per word.

Sentences are laid along their references with the fewest edits. sclite 2.4.10 counts the same on
LJSpeech as Whisper hears it, 108 edits in 3,304 words. It weighs a substitution a third more than
the others, so where half of all is wrong it may find an edit in ten thousand more. Words are as a
wording of `evaluate.skipmodal.normalization` writes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import jiwer

from crossmodal.errors import DataError
from crossmodal.evaluate.skipmodal.normalization import WRITTEN, Wording


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


def align(hypothesis: str, references: Sequence[str], wording: Wording = WRITTEN) -> Alignment:
    """The alignment with the reference that has the lowest edit rate, the first of several.

    Raises:
        DataError: there is no reference, or one has no words.
    """
    texts = [wording.words(reference) for reference in references]
    if not texts or not all(texts):
        raise DataError(f"every sentence needs references with words; not {list(references)!r}")
    result = jiwer.process_words(texts, [wording.words(hypothesis)] * len(texts))
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


def word_error_rate(
    hypotheses: Sequence[str], references: Sequence[Sequence[str]], wording: Wording = WRITTEN
) -> float:
    """Edits over words, summed over all items; of several references the nearest one counts.

    Above 1 where hypotheses are much longer than their references.

    Raises:
        DataError: as `align`.
        ValueError: the lists are empty or differ in length.
    """
    if not hypotheses:
        raise ValueError("there is no sentence to measure")
    nearest = [align(*pair, wording) for pair in zip(hypotheses, references, strict=True)]
    return sum(item.edits for item in nearest) / sum(len(item.words) for item in nearest)

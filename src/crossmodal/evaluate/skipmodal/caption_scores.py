"""Sentences against references: BLEU, CIDEr and ROUGE-L; and how many distinct words there are.

Words are as a wording of `evaluate.skipmodal.normalization` writes them; with that of people's
texts all scores are those of the official COCO evaluation, without its tokeniser in Java. Shares
are from 0 to 1; CIDEr is from 0 to 10.
"""

from collections.abc import Iterable, Sequence

from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge

from crossmodal.evaluate.skipmodal.normalization import WRITTEN, Wording


def caption_scores(
    hypotheses: Sequence[str], references: Sequence[Sequence[str]], wording: Wording = WRITTEN
) -> dict[str, float]:
    """BLEU-1 to BLEU-4 over the whole corpus, CIDEr, and ROUGE-L, as the COCO evaluation has them.

    CIDEr weighs n-grams by how few items' references have them; it is 0 for a single item.
    """
    truth, said = as_tables(hypotheses, references, wording)
    bleu, _ = Bleu(4).compute_score(truth, said, verbose=0)
    scores = {f"bleu{n}": float(v) for n, v in enumerate(bleu, start=1)}
    for name, scorer in (("cider", Cider()), ("rouge_l", Rouge())):
        scores[name] = float(scorer.compute_score(truth, said)[0])
    return scores


Table = dict[int, list[str]]


def as_tables(
    hypotheses: Sequence[str], references: Sequence[Sequence[str]], wording: Wording = WRITTEN
) -> tuple[Table, Table]:
    """References and hypotheses in words, as pycocoevalcap takes them."""
    words = iter(wording.tokens([text for texts in references for text in texts]))
    truth = {number: [next(words) for _ in texts] for number, texts in enumerate(references)}
    said = {number: [text] for number, text in enumerate(wording.tokens(hypotheses))}
    return truth, said


def distinct_words(sentences: Iterable[str], wording: Wording = WRITTEN) -> int:
    """How many different words some sentences use (the paper counts them, section 4.1)."""
    return len({word for sentence in sentences for word in wording.words(sentence).split()})

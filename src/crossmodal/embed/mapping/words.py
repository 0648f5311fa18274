"""Word embeddings: word2vec on Wikipedia text (paper A, section 4)."""

from pathlib import Path

import numpy as np
from gensim.models import Word2Vec
from gensim.models.word2vec import LineSentence
from numpy.typing import NDArray

from crossmodal.config.mapping.embeddings import EmbedWords
from crossmodal.data.mapping.words import VOCABULARY
from crossmodal.errors import DataError


def embed_words(articles: Path, config: EmbedWords) -> NDArray[np.float32]:
    """Train word2vec and return the vocabulary's embeddings, float32 [13, D].

    Raises:
        DataError: the text is missing, or a word of the vocabulary is too rare in it.
    """
    if not articles.is_file():
        raise DataError(f"{articles} is missing")
    model = Word2Vec(
        LineSentence(str(articles)),
        vector_size=config.size,
        window=config.window,
        min_count=config.min_count,
        negative=config.negative,
        epochs=config.epochs,
        seed=config.seed,
        workers=1,  # several would race, and the result would differ from run to run
    )
    missing = [word for word in VOCABULARY if word not in model.wv]
    if missing:
        raise DataError(
            f"the text has fewer than {config.min_count} times the words {', '.join(missing)}; "
            "lower embed_words.min_count or raise fetch_wikipedia.max_articles"
        )
    return np.stack([model.wv[word] for word in VOCABULARY])

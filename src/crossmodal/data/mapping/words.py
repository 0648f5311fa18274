"""The 13 words of paper A: what its recordings say, and what its word vectors are of."""

from crossmodal.words import DIGIT_WORDS

COLOR_WORDS = ("red", "green", "blue")
VOCABULARY = DIGIT_WORDS + COLOR_WORDS

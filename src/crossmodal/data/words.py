"""The words that both papers' data speak of."""

DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
COLOR_WORDS = ("red", "green", "blue")
VOCABULARY = DIGIT_WORDS + COLOR_WORDS

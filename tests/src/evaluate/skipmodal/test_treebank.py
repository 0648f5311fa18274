"""The words of the COCO evaluation, equal to what its own tokeniser in Java gives.

`official_tokens.json` holds sentences written for this test and what the official tokeniser of
pycocoevalcap 1.2, with its list of punctuation, makes of them, given all at once and in that order.
"""

import json
import re
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

from crossmodal.evaluate.skipmodal.treebank import PUNCTUATION, tokenize

GOLDEN = json.loads(Path(__file__).with_name("official_tokens.json").read_text("utf-8"))


def test_words_are_the_official_ones():
    assert len(GOLDEN) >= 200
    differences = {
        text: (words, official)
        for (text, official), words in zip(GOLDEN.items(), tokenize(list(GOLDEN)), strict=True)
        if words != official
    }
    assert not differences


def read_texts(folder):
    """All captions and sentences of real data sets."""
    for path in sorted(folder.glob("*/annotations/captions_*.json")):
        for caption in json.loads(path.read_text("utf-8"))["annotations"]:
            yield caption["caption"]
    for path in sorted([*folder.glob("*/metadata.csv"), *folder.glob("*/sentences.csv")]):
        for line in path.read_text("utf-8").splitlines():
            yield from line.split("|")[1:]


@pytest.mark.skipif(not shutil.which("java"), reason="the official tokeniser needs Java")
def test_real_texts_become_the_official_words(real):
    texts = list(read_texts(real))
    captions = {number: [{"caption": text}] for number, text in enumerate(texts)}
    official = [words for (words,) in PTBTokenizer().tokenize(captions).values()]
    assert [pair for pair in zip(tokenize(texts), official, strict=True) if len({*pair}) > 1] == []


@given(st.lists(st.text(max_size=40)))
def test_each_text_has_words_without_punctuation(texts):
    lines = tokenize(texts)
    assert len(lines) == len(texts)
    words = {word for line in lines for word in line.split(" ")}
    assert not words & PUNCTUATION


def test_a_letter_before_a_new_sentence_is_no_abbreviation():
    assert tokenize(["plan B. The", "plan B. for", "plan B.", "A dog"]) == [
        "plan b the",
        "plan b. for",
        "plan b",
        "a dog",
    ]


@pytest.mark.parametrize("piece", ["1", "1,", "a", "a.", "a'", "a-", "a/", "-", ".", "(", "n't"])
def test_long_texts_without_blanks_take_no_time(piece):
    start = time.process_time()
    (words,) = tokenize([piece * 3000])
    assert time.process_time() - start < 5
    assert re.sub(r"\W|lrb", "", words) in ("", re.sub(r"\W", "", piece * 3000))

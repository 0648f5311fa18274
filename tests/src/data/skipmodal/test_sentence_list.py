"""A person's own list of sentences: read as people write them, spoken; what is left out is told."""

import pytest
import soundfile

from crossmodal.config.skipmodal.synthesis import SpeakSentences
from crossmodal.data.broken import BrokenInputs
from crossmodal.data.skipmodal.ljspeech import read_ljspeech
from crossmodal.data.skipmodal.sentence_list import read_sentences
from crossmodal.data.skipmodal.spoken_corpus import speak_corpus, split_sentences
from crossmodal.errors import DataError, ParameterError
from crossmodal.files import read_json
from tests.src.data.skipmodal.conftest import PARAMS

THREE = ["A dog.", "a cat, a bird", "Is it?"]


def speak_config(**changes):
    return SpeakSentences.parse(PARAMS["speak_sentences"] | changes, "speak_sentences")


def read(folder, name, text, limit=100):
    """What is read of a file with such text, how many are repeated, and what is broken."""
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    broken = BrokenInputs(limit, "limit")
    return *read_sentences(folder / name, broken), broken


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "A dog.\n\na cat, a bird\nIs it?"),
        ("a.TXT", "\ufeffA dog.\r\na cat, a bird\r\n  Is it?  \r\n"),
        ("a.csv", 'sentence\nA dog.\n"a cat, a bird"\nIs it?\n'),
        ("a.csv", "Sentence\nA dog.\na cat, a bird\nIs it?\n"),
        ("a.csv", 'id,Caption ,x\n1,A dog.,\n2,"a cat, a bird",\n3,Is it?,5\n'),
        ("a.csv", '"id";"text"\r\n1;"A dog."\r\n2;a cat, a bird\r\n3;"Is\nit?"\r\n'),
        ("a.tsv", "text\tid\nA dog.\t1\na cat, a bird\t2\nIs it?\t3"),
        ("a.csv", '"A dog."\n"a cat, a bird"\n"Is it?"'),
        ("a.csv", "i1|A dog.\ni2|a cat, a bird\ni3|Is it?\n"),
        ("a.csv", "i1|a dog|A dog.\ni2|x|a cat, a bird\ni3|x|Is it?"),
        ("a.csv", 'caption,sentence\nno,A dog.\nno,"a cat, a bird"\nno,Is it?'),
    ],
)
def test_lists_as_people_have_them(tmp_path, name, text):
    sentences, repeated, broken = read(tmp_path, name, text)
    assert sentences == THREE and not repeated and not broken.found
    assert broken.listed["rows"] == 3


def test_texts_become_what_can_be_said_and_a_repeated_one_is_spoken_once(tmp_path):
    text = "“Two” dogs\nTwo dogs!\n3 dogs\ntwo  DOGS\n"
    sentences, repeated, broken = read(tmp_path, "a.txt", text)
    assert sentences == ['"Two" dogs', "three dogs"]
    assert repeated == 2 and not broken.found


def test_each_sentence_that_is_left_out_is_named(tmp_path):
    text = "sentence,id\nA dog.,1\n???,2\na dog in 東京,3\na cat,a bird,4\n"
    sentences, _, broken = read(tmp_path, "a.csv", text)
    assert sentences == ["A dog."]
    found = {entry["name"]: entry["kind"] for entry in broken.found}
    assert found == {
        "a.csv: line 3": "no words",
        "a.csv: line 4": "unknown characters",
        "a.csv: line 5": "malformed row",
    }
    assert broken.listed["rows"] == 4


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "id,words\n1,a dog\n", "call it 'sentence' in the first line"),
        ("a.csv", "1,a dog\n2,a cat\n", "call it 'sentence' in the first line"),
        ("a.csv", 'text\n"a dog\na cat\n', r"a\.csv: line 3: unexpected end of data"),
        ("a.csv", 'id,text\n1,"a "big" dog"\n', r"a\.csv: line 2: "),
        ("a.txt", "a caf\u00e9".encode("latin-1"), "not UTF-8; as Windows-1252"),
        ("a.csv", "sentence\na dog".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_list_that_cannot_be_read_says_why(tmp_path, name, text, said):
    with pytest.raises(DataError, match=said):
        read(tmp_path, name, text)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sentences": "/data/sentences.xlsx"}, r"\.csv, \.tsv or \.txt"),
        ({"sentences": "sentences.csv"}, "absolute path"),
        ({"splits": {"train": "a[:90%]", "validation": "[90%:]", "test": "b"}}, "without a name"),
    ],
)
def test_wrong_settings_are_refused(changes, said):
    with pytest.raises(ParameterError, match=said):
        speak_config(**changes)


def test_what_cannot_be_said_in_time_is_told(tmp_path):
    config = speak_config(splits={"train": "[:60%]", "validation": "[60%:80%]", "test": "[80%:]"})
    long = "a very long sentence that takes too much time to be said"
    sentences = ["one dog", long, "- a", "two", "three", "x" * 500, "four"]
    broken = BrokenInputs(2, "limit")
    corpus = split_sentences(tmp_path / "all", sentences, config, broken)
    list(speak_corpus(tmp_path / "all", corpus, config, 2, broken))
    assert sorted(path.name for path in (tmp_path / "all").rglob("*") if path.suffix != ".wav") == [
        "broken.json", *["metadata.csv"] * 3, "test", "train", "validation", *["wavs"] * 3
    ]  # fmt: skip
    rows = read_ljspeech(tmp_path / "all/train", BrokenInputs(0, "limit"))
    assert [(row.id, row.text) for row in rows] == [
        ("train-000001", "one dog"), ("train-000003", "- a"), ("train-000004", "two")
    ]  # fmt: skip
    assert all(0 < soundfile.info(row.path).duration <= 2 for row in rows)
    skipped = read_json(tmp_path / "all/broken.json")["skipped"]
    assert [(entry["name"], entry["kind"]) for entry in skipped] == [
        (repr(long), "clip too long"), (repr("x" * 500), "clip too long")
    ]  # fmt: skip
    assert "of 2 s allowed" in skipped[0]["reason"] and "500 characters" in skipped[1]["reason"]


def test_a_split_without_a_sentence_leaves_nothing(tmp_path):
    config, broken = speak_config(), BrokenInputs(9, "limit")
    with pytest.raises(DataError, match=r"no sample is left for the split validation.*0 of 3"):
        split_sentences(tmp_path / "all", THREE, config, broken)
    sentences = [*["one dog"] * 19, "x" * 5000]
    corpus = split_sentences(tmp_path / "all", sentences, config, broken)
    with pytest.raises(DataError, match="none of 1 sentences of the split test can be said"):
        list(speak_corpus(tmp_path / "all", corpus, config, 12, broken))
    assert not (tmp_path / "all").exists()

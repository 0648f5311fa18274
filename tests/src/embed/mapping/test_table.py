import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossmodal.data.mapping.classes import all_classes
from crossmodal.data.mapping.words import VOCABULARY
from crossmodal.embed.mapping.compound import load_class_embeddings, measure_separation
from crossmodal.embed.mapping.table import EmbeddingTable, create_table
from crossmodal.errors import DataError
from tests.src.data.damage import damage_parquet

VECTORS = np.random.default_rng(0).normal(3, 2, (50, 4)).astype(np.float32)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "images.parquet"
    with create_table(path, pa.int16(), 4) as table:
        table.write(np.arange(20), "train", VECTORS[:20])
        table.write(np.arange(20, 40), "train", VECTORS[20:40])
        table.write(np.arange(40, 50), "held_out", VECTORS[40:], counts=False)
    return path


def test_reads_back_what_was_written(path):
    table = EmbeddingTable(path)
    for split, rows in (("train", slice(0, 40)), ("held_out", slice(40, 50))):
        keys, vectors = table.read(split)
        assert keys.tolist() == list(range(50))[rows]
        assert np.array_equal(vectors, VECTORS[rows])


def test_statistics_are_those_of_what_counts(path):
    table = EmbeddingTable(path)
    assert np.allclose(table.mean, VECTORS[:40].mean(0), atol=1e-6)
    assert np.allclose(table.deviation, VECTORS[:40].std(0), atol=1e-6)
    standardized = table.standardize(VECTORS[:40])
    assert np.allclose(standardized.mean(0), 0, atol=1e-5)
    assert np.allclose(standardized.std(0), 1, atol=1e-5)


def test_a_constant_dimension_does_not_divide_by_zero(tmp_path):
    with create_table(tmp_path / "a", pa.int16(), 2) as table:
        table.write([0, 1], "train", np.array([[1, 5], [3, 5]], np.float32))
    table = EmbeddingTable(tmp_path / "a")
    assert table.standardize(np.array([[3, 5]], np.float32)).tolist() == [[1, 0]]


def test_damaged_or_missing_files_are_named(path):
    content = path.read_bytes()
    path.write_bytes(content[:-30])
    with pytest.raises(DataError, match=r"images\.parquet is damaged"):
        EmbeddingTable(path)
    path.unlink()
    with pytest.raises(DataError, match=r"images\.parquet is missing"):
        EmbeddingTable(path)


@settings(max_examples=150)
@given(data=st.data())
def test_no_damage_ends_in_a_traceback_or_gives_what_is_not_finite(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damaged") / "words.parquet"
    with create_table(path, pa.string(), 4) as table:
        table.write(VOCABULARY, "vocabulary", VECTORS[: len(VOCABULARY)])
    damage_parquet(data, path, "statistics")
    try:
        found = load_class_embeddings(path, "colored")
    except DataError as error:
        assert str(path) in str(error) and "\n" not in str(error)
    else:
        assert np.isfinite(found).all()


def test_a_split_that_is_not_there_is_named(path):
    with pytest.raises(DataError, match=r"images\.parquet has no split 'test'"):
        EmbeddingTable(path).read("test")


def test_a_class_is_its_words_side_by_side(tmp_path):
    path = tmp_path / "words.parquet"
    vectors = np.random.default_rng(1).normal(size=(13, 5)).astype(np.float32)
    with create_table(path, pa.string(), 5) as table:
        table.write(VOCABULARY, "vocabulary", vectors)
    standardized = EmbeddingTable(path).standardize(vectors)
    by_word = dict(zip(VOCABULARY, standardized, strict=True))
    for dataset, words in (("double", 2), ("colored", 4)):
        classes = load_class_embeddings(path, dataset)
        assert classes.shape == (len(all_classes(dataset)), words * 5)
        assert len(np.unique(classes, axis=0)) == len(classes)
    expected = np.concatenate([by_word[w] for w in ("red", "five", "blue", "one")])
    assert np.array_equal(classes[51 * 9 + 2], expected)


def test_separation_is_the_smallest_distance_in_deviations(tmp_path):
    path = tmp_path / "words.parquet"
    values = np.array([[0.0], [1], [3], [7]], np.float32)
    with create_table(path, pa.string(), 1) as table:
        table.write(["a", "b", "c", "d"], "vocabulary", values)
    assert measure_separation(path) == round(1 / values.std(), 4)


def test_words_with_the_same_vector_are_named(tmp_path):
    path = tmp_path / "words.parquet"
    with create_table(path, pa.string(), 2) as table:
        table.write(["a", "b", "c"], "vocabulary", np.array([[1, 2], [3, 4], [1, 2]], np.float32))
    with pytest.raises(DataError, match="'a' and 'c' have the same vector"):
        measure_separation(path)

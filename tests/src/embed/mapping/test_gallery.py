import numpy as np
import pyarrow as pa
import pytest

from crossmodal.data.shards import ShardReader
from crossmodal.embed.mapping.gallery import Gallery, count_before
from crossmodal.embed.mapping.table import EmbeddingTable, create_table
from crossmodal.errors import DataError


def test_how_many_of_a_class_came_before():
    seen = np.zeros(8, np.int64)
    assert count_before(np.array([3, 1, 3, 3, 1, 7]), seen).tolist() == [0, 0, 1, 2, 1, 0]
    assert count_before(np.array([7, 3, 7]), seen).tolist() == [1, 3, 2]
    assert seen.tolist() == [0, 2, 0, 4, 0, 0, 0, 3]


@pytest.fixture
def table(image_folders, tmp_path):
    """Embeddings that say which image they are of."""
    path = tmp_path / "images.parquet"
    with create_table(path, pa.int16(), 2) as writer:
        for block in ShardReader(image_folders["double"], "train").read_all():
            sums = block.images.sum((1, 2, 3), dtype=np.float32)
            writer.write(block.classes, "train", np.stack([block.classes, sums], axis=1))
    return EmbeddingTable(path)


def test_images_classes_and_embeddings_belong_together(image_folders, table):
    gallery = Gallery.pick(image_folders["double"], ("train",), 2)
    embeddings = gallery.find_embeddings(table)
    assert np.bincount(gallery.classes, minlength=100).tolist() == [
        0 if pair in (7, 42, 91) else 2 for pair in range(100)
    ]
    assert np.array_equal(embeddings[:, 0], gallery.classes)
    assert np.array_equal(embeddings[:, 1], gallery.images.sum((1, 2, 3)))
    assert gallery.images.dtype == np.uint8 and gallery.classes.dtype == np.int16


def test_embeddings_of_other_images_are_refused(image_folders, table, tmp_path):
    gallery = Gallery.pick(image_folders["colored"], ("train",), 2)
    with pytest.raises(DataError, match="not of the same images"):
        gallery.find_embeddings(table)

import numpy as np
import pyarrow as pa
import pytest

from crossmodal.data.shards import ShardReader
from crossmodal.embed.gallery import pick_gallery, pick_rows
from crossmodal.embed.table import EmbeddingTable, create_table
from crossmodal.errors import DataError


def test_the_first_rows_of_every_key():
    keys = np.array([3, 1, 3, 3, 1, 7])
    assert pick_rows(keys, 2).tolist() == [0, 1, 2, 4, 5]
    assert pick_rows(keys, 9).tolist() == list(range(6))


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
    gallery = pick_gallery(ShardReader(image_folders["double"], "train"), table, "train", 2)
    assert np.bincount(gallery.classes, minlength=100).tolist() == [
        0 if pair in (7, 42, 91) else 2 for pair in range(100)
    ]
    assert np.array_equal(gallery.embeddings[:, 0], gallery.classes)
    assert np.array_equal(gallery.embeddings[:, 1], gallery.images.sum((1, 2, 3)))
    assert gallery.images.dtype == np.uint8 and gallery.classes.dtype == np.int16


def test_embeddings_of_other_images_are_refused(image_folders, table, tmp_path):
    with pytest.raises(DataError, match="those of other images"):
        pick_gallery(ShardReader(image_folders["colored"], "train"), table, "train", 2)

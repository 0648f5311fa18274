"""COCO's annotations: read back what was written, and count what cannot be read."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossmodal.data.broken import BrokenInputs
from crossmodal.data.skipmodal.coco import annotation_path, read_coco
from crossmodal.errors import DataError
from tests.src.data.skipmodal.conftest import write_images


def read(folder, content=None):
    """Images and the counts of broken inputs, of an annotation file with this content."""
    if content is not None:
        path = annotation_path(folder, "train")
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    broken = BrokenInputs(0, "limit")
    return read_coco(folder, "train", broken), broken.counts


def test_what_is_written_is_read(tmp_path):
    images = write_images(tmp_path, "train", 5)
    assert read(tmp_path) == (images, {})


def test_order_is_that_of_the_ids(tmp_path):
    images = write_images(tmp_path, "train", 4)
    path = annotation_path(tmp_path, "train")
    content = json.loads(path.read_text())
    for part in ("images", "annotations"):
        content[part].reverse()
    assert read(tmp_path, content) == (images, {})


def test_each_kind_is_counted_and_the_others_are_kept(tmp_path):
    images = write_images(tmp_path, "train", 5)
    content = json.loads(annotation_path(tmp_path, "train").read_text())
    content["images"] += [
        {"id": 1, "file_name": "again.png"},
        {"id": 8, "file_name": "../escape.png"},
        {"id": 9, "file_name": "000000000009.png"},
        {"id": True, "file_name": "000000000001.png"},
        "no image",
    ]
    content["annotations"] = [a for a in content["annotations"] if a["image_id"] != 4] + [
        {"id": 900, "image_id": 1, "caption": "7 cats"},
        {"id": 901, "image_id": 1, "caption": " \n"},
        {"id": 902, "image_id": 77, "caption": "whose?"},
        {"id": 903, "image_id": 1},
        {"id": 904, "image_id": 1, "caption": "a  man’s\n"},
        None,
    ]
    found, counts = read(tmp_path, content)
    assert counts == {
        "image without captions": 1,
        "malformed annotation": 7,
        "missing image": 1,
        "no text": 1,
        "unknown characters": 1,
    }
    assert [image.id for image in found] == [1, 2, 3, 5]
    assert found[0].captions == (*images[0].captions, "a man's")


@pytest.mark.parametrize("content", ["", "[1", "[]", "3", '{"images": 3}', '{"images": []}'])
def test_what_is_not_cocos_is_named(tmp_path, content):
    with pytest.raises(DataError, match=r"captions_train\.json (is not COCO's|cannot be read)"):
        read(tmp_path, content)
    with pytest.raises(DataError, match=r"captions_other\.json is missing"):
        read_coco(tmp_path, "other", BrokenInputs(0, "limit"))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "image_id", "caption", "file_name", "images"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(images=st.lists(VALUES, max_size=4) | VALUES, annotations=st.lists(VALUES, max_size=4))
def test_odd_annotations_never_crash(tmp_path_factory, images, annotations):
    folder = tmp_path_factory.mktemp("coco")
    try:
        found, counts = read(folder, {"images": images, "annotations": annotations})
    except DataError:
        assert not isinstance(images, list)
    else:
        assert found == []
        assert sum(counts.values()) == len(images) + len(annotations)

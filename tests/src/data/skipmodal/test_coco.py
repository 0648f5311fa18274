"""COCO's annotations: read back what was written, and count what cannot be read."""

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossmodal.data.broken import BrokenInputs
from crossmodal.data.skipmodal.coco import annotation_path, read_coco, to_id
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


def entry(number, file, **more):
    return {"id": number, "file_name": file, **more}


def said(number, image, caption="a cat"):
    return {"id": number, "image_id": image, "caption": caption}


def reasons(broken):
    """What each skipped input is, and why."""
    return {
        (entry["input"], entry["kind"], entry["name"]): entry["reason"] for entry in broken.found
    }


def read_all(folder, images, annotations, files=()):
    """What is found and what is broken, of these files and lists."""
    for file in files:
        path = folder / "train" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    path = annotation_path(folder, "train")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"images": images, "annotations": annotations}))
    broken = BrokenInputs(0, "limit")
    return read_coco(folder, "train", broken), broken


def test_each_kind_is_counted_once_with_its_reason(tmp_path):
    images = [
        entry(1, "1.png"), entry(2, "2.png"), entry(3, "3.png"), entry(4, "4.png"),
        entry(1, "again.png"), entry(8, "../escape.png"), entry(9, "gone.png"),
        entry(True, "1.png"), entry(10, ""), {"id": 11}, "no image", entry(12, "folder.png"),
    ]  # fmt: skip
    annotations = [
        said(10, 1), said(20, 2), said(21, 2, "a 🐶"), said(22, 2, " \n"), said(23, 2, "..."),
        said(30, 77), {"id": 31, "image_id": 2}, said(32, 2, "a  man’s\n"), None, said(33, None),
        # Of images that are broken already, not counted again, whatever they say.
        said(40, 8), said(41, 9), said(42, 9, "🐶"), said(43, 10), said(44, 11), said(45, 12),
        # All of an image's captions: the image counts, once.
        said(50, 4, "🐶"), said(51, 4, "..."),
    ]  # fmt: skip
    (tmp_path / "train/folder.png").mkdir(parents=True)
    files = ["1.png", "2.png", "3.png", "4.png", "again.png"]
    found, broken = read_all(tmp_path, images, annotations, files)
    assert [(image.id, image.captions) for image in found] == [
        (1, ("a cat",)),
        (2, ("a cat", "a man's")),
    ]
    source = "captions_train.json: annotation"
    unusable = f"{source} 50: unknown characters, '🐶' in '🐶'; {source} 51: no words, only '...'"
    assert reasons(broken) == {
        ("images", "malformed image entry", "train/again.png"): "the id 1 is another image's",
        ("images", "malformed image entry", "train/../escape.png"): "it leads out of the folder",
        ("images", "missing image", "train/gone.png"): "it is missing",
        ("images", "malformed image entry", "train/1.png"): "no id",
        ("images", "malformed image entry", "train/image 8"): "no file_name",
        ("images", "malformed image entry", "train/image 9"): "no file_name",
        ("images", "malformed image entry", "train/image 10"): "no id",
        ("images", "missing image", "train/folder.png"): "it is a folder, but must be a file",
        ("images", "image without captions", "train/3.png"): "no annotation has its id",
        ("images", "image without captions", "train/4.png"): unusable,
        ("captions", "unknown characters", f"{source} 21"): "'🐶' in 'a 🐶'",
        ("captions", "no words", f"{source} 22"): "it is empty",
        ("captions", "no words", f"{source} 23"): "only '...'",
        ("captions", "caption of no image", f"{source} 30"): "no image has the id 77",
        ("captions", "malformed annotation", f"{source} 31"): "no caption",
        ("captions", "malformed annotation", f"{source} at 8"): "no image_id",
        ("captions", "malformed annotation", f"{source} 33"): "no image_id",
    }
    assert broken.listed == {"images": len(images), "captions": len(annotations)}


def test_images_lie_where_their_names_say(tmp_path):
    files = ["a.jpg", "sub/b.jpg", "c.jpg", "my cat (1).jpg", "Straße.jpg", "-d.jpg", "e.JPG", ".f"]
    names = [*files[:2], "train/c.jpg", *files[3:]]
    images = [entry(number, name) for number, name in enumerate(names)]
    annotations = [said(number, number) for number in range(len(names))]
    found, broken = read_all(tmp_path, images, annotations, files)
    assert [image.path for image in found] == [tmp_path / "train" / file for file in files]
    assert broken.found == []


def test_ids_are_the_same_however_they_are_written(tmp_path):
    files = [f"{number}.jpg" for number in range(6)]
    images = [
        entry("b/1", "0.jpg"), entry("10", "1.jpg"), entry(9, "2.jpg"), entry(2.0, "3.jpg"),
        entry("007", "4.jpg"), entry("é", "5.jpg"),
    ]  # fmt: skip
    annotations = [
        said("4", 2, "two"), said("3", 10.0, "ten"), said(2, "9", "nine again"), said(1, 9, "nine"),
        said(None, "007", "seven again"), said("x", "007", "seven"), said(5, "b/1"), said(6, "é"),
    ]  # fmt: skip
    found, broken = read_all(tmp_path, images, annotations, files)
    assert broken.found == []
    # Numbers by their size, then texts; captions by their ids likewise.
    assert [(image.id, image.captions) for image in found] == [
        (2, ("two",)),
        (9, ("nine", "nine again")),
        (10, ("ten",)),
        ("007", ("seven", "seven again")),
        ("b/1", ("a cat",)),
        ("é", ("a cat",)),
    ]
    assert [image.name for image in found] == ["2", "9", "10", "007", "b%2F1", "é"]


@pytest.mark.parametrize("number", ["", "a\n", "\0", 201 * "a", 1.5, 10**300, [1], {}, False, None])
def test_what_is_no_id_is_told(tmp_path, number):
    images = [entry(number, "1.jpg")]
    found, broken = read_all(tmp_path, images, [said(1, number)], ["1.jpg"])
    assert found == []
    assert broken.counts == {"malformed image entry": 1, "malformed annotation": 1}


@pytest.mark.parametrize("content", ["", "[1", "[]", "3", '{"images": 3}', '{"images": []}'])
def test_what_is_not_cocos_is_named(tmp_path, content):
    with pytest.raises(DataError, match=r"captions_train\.json (is not COCO's|cannot be read)"):
        read(tmp_path, content)


def test_a_missing_file_or_folder_names_what_is_there(tmp_path):
    broken = BrokenInputs(0, "limit")
    with pytest.raises(
        DataError,
        match=r"captions_train\.json is missing; .*annotations is missing; .*coco is missing; ",
    ):
        read_coco(tmp_path / "coco", "train", broken)
    (tmp_path / "pictures").mkdir()
    with pytest.raises(DataError, match=r"captions_train\.json is missing; .* has pictures; see"):
        read_coco(tmp_path, "train", broken)
    read_all(tmp_path, [], [])
    (tmp_path / "annotations/._captions_train.json").touch()
    with pytest.raises(
        DataError, match=r"other\.json is missing; .*annotations has captions_train"
    ):
        read_coco(tmp_path, "other", broken)
    images = [entry(1, "1.jpg"), entry(2, "sub/2.jpg")]
    wrong = (
        r"no image of .*_train\.json is there: train/1\.jpg, it is missing; .*train is missing; "
    )
    with pytest.raises(DataError, match=wrong):
        read_all(tmp_path, images, [])


@pytest.mark.parametrize(
    ("encoding", "wrong"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "is UTF-16 or UTF-32"),
        ("utf-16-le", "is UTF-16 or UTF-32"),
        ("utf-32-be", "is UTF-16 or UTF-32"),
        ("cp1252", "is not UTF-8; as Windows-1252 or Latin-1 it reads .*café"),
    ],
)
def test_encodings_are_read_or_named(tmp_path, encoding, wrong):
    read_all(tmp_path, [entry(1, "1.jpg")], [], ["1.jpg"])
    path = annotation_path(tmp_path, "train")
    content = {"images": [entry(1, "1.jpg")], "annotations": [said(1, 1, "a café")]}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding=encoding)
    if wrong:
        with pytest.raises(DataError, match=rf"captions_train\.json {wrong}.*save it as UTF-8"):
            read_coco(tmp_path, "train", BrokenInputs(0, "limit"))
    else:
        (image,) = read_coco(tmp_path, "train", BrokenInputs(0, "limit"))
        assert image.captions == ("a cafe",)


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


@settings(max_examples=100)
@given(images=st.lists(VALUES, max_size=4) | VALUES, annotations=st.lists(VALUES, max_size=4))
def test_odd_annotations_never_crash(tmp_path_factory, images, annotations):
    folder = tmp_path_factory.mktemp("coco")
    try:
        found, counts = read(folder, {"images": images, "annotations": annotations})
    except DataError as error:
        assert not isinstance(images, list) or "no image of" in str(error)
    else:
        assert found == []
        assert len(images) <= sum(counts.values()) <= len(images) + len(annotations)


IDS = st.sampled_from([1, 2, "1", 2.0, "a", "é", None, True, "a/b", -1])
NAMES = st.sampled_from(["1.jpg", "sub/2.jpg", "e\u0301.jpg", "../1.jpg", "gone.jpg", "", 7])
CAPTIONS = st.sampled_from(["a cat", "...", "🐶", "", None, "a café"])


@settings(max_examples=200)
@given(
    images=st.lists(st.builds(entry, IDS, NAMES), max_size=5),
    annotations=st.lists(st.builds(said, IDS, IDS, CAPTIONS), max_size=9),
)
def test_every_input_is_used_or_told_and_none_twice(tmp_path_factory, images, annotations):
    folder = tmp_path_factory.mktemp("coco")
    # So that some image is there.
    images.append(entry(9, "9.jpg"))
    annotations.append(said(9, 9))
    files = ["1.jpg", "sub/2.jpg", "\xe9.jpg", "9.jpg"]
    found, broken = read_all(folder, images, annotations, files)
    told = Counter(entry["input"] for entry in broken.found)
    assert len(found) + told["images"] == len(images)
    numbers = [image.id for image in found]
    lost = {to_id(image["id"]) for image in images} - {None, *numbers}
    of_lost = sum(to_id(annotation["image_id"]) in lost for annotation in annotations)
    used = sum(len(image.captions) for image in found)
    assert used + told["captions"] + of_lost == len(annotations)
    assert len({image.name for image in found}) == len(found)

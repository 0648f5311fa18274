import json
import shutil

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossmodal.errors import DataError
from crossmodal.files import sha256, write_json
from crossmodal.inference import find_bundles, load, read_description
from crossmodal.inference.bundle import Bundle, read_bundle, write_bundle
from crossmodal.inference.description import Description, hash_values

QUICK = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
FILES = ("model.json", "weights.safetensors")


@pytest.fixture
def copy(folders, tmp_path):
    """A bundle of one's own to damage."""
    return shutil.copytree(folders["direct"], tmp_path / "copy")


def refuse(folder):
    """Loading ends in one line that names the folder; the line."""
    with pytest.raises(DataError) as caught:
        load(folder)
    message = str(caught.value)
    assert "\n" not in message and str(folder) in message
    assert len(message) < 600
    return message


def rewrite(folder, change, tensors=lambda tensors: tensors):
    """Write the bundle again with right checksums but other content."""
    bundle = read_bundle(folder)
    values = json.loads(json.dumps(bundle.description.values))
    change(values)
    changed = Bundle(Description(folder, values), tensors(dict(bundle.tensors)))
    write_bundle(folder, changed, lambda values: "")


def test_writing_again_gives_the_same_bytes(folders, tmp_path):
    for name, folder in folders.items():
        write_bundle(tmp_path / name, read_bundle(folder), lambda values: f"# {values['name']}\n")
        for file in (*FILES, "README.md"):
            assert sha256(tmp_path / name / file) == sha256(folder / file)
            assert (tmp_path / name / file).stat().st_mode & 0o044 == 0o044


def test_a_copy_is_an_export(folders, tmp_path):
    shutil.copytree(folders["double"], tmp_path / "elsewhere")
    ours, theirs = load(folders["double"]), load(tmp_path / "elsewhere")
    assert (ours.generate("75", "image").image == theirs.generate("75", "image").image).all()


def test_bundles_are_found_by_their_description(folders):
    root = folders["double"].parent
    assert find_bundles(root) == sorted(folders.values())
    assert find_bundles(root / "nowhere") == []
    assert read_description(folders["colored"]).name == "colored-mlp_ae"


@QUICK
@given(file=st.sampled_from(FILES), place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_flipped_bit_is_refused(folders, tmp_path, file, place, bit):
    folder = tmp_path / "flipped"
    shutil.copytree(folders["direct"], folder, dirs_exist_ok=True)
    content = bytearray((folder / file).read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    (folder / file).write_bytes(content)
    original = json.loads((folders["direct"] / "model.json").read_text())
    try:
        same = json.loads((folder / "model.json").read_text()) == original
    except ValueError:
        same = False
    # Blanks between the parts of JSON mean nothing.
    if file == "model.json" and same:
        load(folder)
    else:
        refuse(folder)


@QUICK
@given(file=st.sampled_from(FILES), content=st.binary(max_size=200))
def test_any_other_content_is_refused(folders, tmp_path, file, content):
    folder = tmp_path / "other"
    shutil.copytree(folders["direct"], folder, dirs_exist_ok=True)
    (folder / file).write_bytes(content)
    refuse(folder)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
LOADED = [
    "format", "family", "dataset", "vocabulary", "held_out", "word_size", "speech", "network",
    "gallery", "network.autoencoder", "network.embedding_size", "network.hidden_size",
    "speech.sample_rate", "speech.seconds", "speech.silence_threshold", "speech.coefficients",
    "speech.mels", "speech.window_length", "speech.hop_length", "files", "name",
]  # fmt: skip


@QUICK
@given(key=st.sampled_from(LOADED), value=JSON)
def test_any_other_value_with_a_right_checksum_is_refused(folders, tmp_path, key, value):
    """Somebody wrote it: sizes, types and names are checked, not only checksums."""
    folder = tmp_path / "written"
    shutil.copytree(folders["double"], folder, dirs_exist_ok=True)
    values = json.loads((folder / "model.json").read_text())
    inner, last = values, key.split(".")[-1]
    for part in key.split(".")[:-1]:
        inner = inner[part]
    if value == inner[last] or (last in ("seconds", "hop_length", "mels", "window_length")):
        return
    inner[last] = value
    values["self_sha256"] = hash_values(values)
    (folder / "model.json").write_text(json.dumps(values))
    if last in ("silence_threshold", "sample_rate", "held_out") and is_allowed(folder):
        return
    refuse(folder)


def is_allowed(folder):
    """Some other values are good ones."""
    try:
        load(folder)
    except DataError:
        return False
    return True


@pytest.mark.parametrize("key", LOADED)
def test_a_missing_key_is_named(folders, tmp_path, key):
    folder = shutil.copytree(folders["double"], tmp_path / "copy")
    values = json.loads((folder / "model.json").read_text())
    inner = values
    for part in key.split(".")[:-1]:
        inner = inner[part]
    del inner[key.split(".")[-1]]
    values["self_sha256"] = hash_values(values)
    write_json(folder / "model.json", values)
    assert key in refuse(folder)


def test_what_is_wrong_is_said(copy, tmp_path):
    assert "model.json is missing" in refuse(tmp_path / "nowhere")
    rewrite(copy, lambda values: values.update(family="telepathy"))
    assert "family 'telepathy'; this version has embedding-mapping, direct" in refuse(copy)
    (copy / "weights.safetensors").unlink()
    assert "weights.safetensors is missing" in refuse(copy)
    write_json(copy / "model.json", {"format": 1})
    assert "format 1; this version reads format 2" in refuse(copy)


def test_json_that_is_too_deep_or_too_large_is_refused(copy):
    (copy / "model.json").write_text("[" * 100_000)
    refuse(copy)
    (copy / "model.json").write_text(" " * 5_000_000)
    refuse(copy)


def test_sizes_that_disagree_are_named(copy):
    rewrite(copy, lambda values: values.update(word_size=6))
    assert "direct.text.layers.0.weight" in refuse(copy)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("words.text", None),
        ("words.text", torch.zeros(13, 5, dtype=torch.float64)),
        ("recordings", torch.zeros(13, 11_999, dtype=torch.int16)),
        ("more", torch.zeros(1)),
    ],
)
def test_tensors_that_disagree_are_named(copy, name, value):
    def change(tensors):
        tensors.pop(name, None)
        return tensors if value is None else {**tensors, name: value}

    rewrite(copy, lambda values: None, change)
    assert f"{name} is" in refuse(copy)


def test_a_gallery_of_unknown_classes_is_refused(folders, tmp_path):
    folder = shutil.copytree(folders["double"], tmp_path / "copy")

    def change(tensors):
        return {**tensors, "gallery.classes": tensors["gallery.classes"] + 1}

    rewrite(folder, lambda values: None, change)
    assert "unknown classes" in refuse(folder)

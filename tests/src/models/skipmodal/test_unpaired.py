import torch

from crossmodal.config.skipmodal.network import SkipModalNetworkSettings
from crossmodal.data.skipmodal.batches import Speech
from crossmodal.models.skipmodal.unpaired import build_unpaired, load_unpaired
from crossmodal.train.skipmodal.cyclegan import Generators
from tests.src.models.skipmodal.conftest import TINY

CONFIG = SkipModalNetworkSettings.parse(TINY, "network")


def test_blocks_go_from_images_to_speech_and_back():
    blocks = build_unpaired(CONFIG, 7, seed=0)
    generators = Generators(
        blocks.image_encoder, blocks.speech_decoder, blocks.speech_encoder, blocks.image_decoder
    )
    frames = torch.tensor([4, 7])  # 7 is no multiple of the 3 frames a step
    speech = generators.speak(torch.rand(2, 3, 32, 32), frames)
    assert speech.mels.shape == (2, 7, 8) and speech.mels[0, 4:].eq(0).all()
    assert speech.mels[0, :4].ne(0).all()
    drawn = generators.draw(Speech(torch.rand(2, 7, 8), frames))
    assert drawn.shape == (2, 3, 32, 32)


def test_all_of_both_generators_learns_from_a_cycle():
    blocks = build_unpaired(CONFIG, 7, seed=0)
    generators = Generators(
        blocks.image_encoder, blocks.speech_decoder, blocks.speech_encoder, blocks.image_decoder
    )
    images, frames = torch.rand(3, 3, 32, 32), torch.tensor([9, 9, 9])
    (generators.draw(generators.speak(images, frames)) - images).abs().mean().backward()
    without = {n for n, p in blocks.named_parameters() if p.grad is None or not p.grad.any()}
    # Only mels are generated; silence before each step leaves the first layer its bias alone.
    first = "speech_decoder.decoder.prenet.0.weight"
    assert first in without
    assert all("speech_decoder" in name for name in without)


def test_what_is_loaded_speaks_the_same_at_the_length_it_was_given(tmp_path):
    blocks = build_unpaired(CONFIG, 10, seed=3).eval()
    blocks.save(tmp_path / "both")
    images = torch.rand(2, 3, 32, 32)
    first, again = blocks.speak(images), load_unpaired(tmp_path / "both").speak(images)
    assert first.equal(again) and first.shape == (2, 10, 8)
    assert first.min() >= 0 and first.max() <= 1

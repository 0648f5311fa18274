import pytest
import torch
import torch.nn.functional as F
from torch import nn

from crossmodal.config.skipmodal.network import Bottleneck
from crossmodal.models.skipmodal.adversary import SOURCES, Adversary, ReverseGradient
from crossmodal.models.skipmodal.bottleneck import (
    DenseFusion,
    Memory,
    Transformer,
    build_fusion,
    build_transformer,
)

SMALL = Bottleneck(size=8, slots=5, heads=2)


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_memory_is_equation_2_head_by_head():
    memory, latents = Memory(SMALL), torch.randn(3, 8)
    values = torch.tanh(memory.memory)
    keys = values @ memory.key.weight.T + memory.key.bias
    parts = []
    for head in (slice(0, 4), slice(4, 8)):
        scores = latents[:, head] @ keys[:, head].T / 8**0.5
        parts.append(torch.softmax(scores, 1) @ values)
    torch.testing.assert_close(memory(latents), torch.cat(parts, 1))
    torch.testing.assert_close(memory.attention(latents).sum(2), torch.ones(2, 3))


def test_memory_and_transformer_have_the_appendix_sizes():
    memory, transformer = Memory(Bottleneck()), Transformer(512, 256)
    assert memory.memory.shape == (128, 64)
    assert memory.key.weight.shape == (256, 64)
    assert memory(torch.randn(2, 256)).shape == (2, 256)
    assert count(transformer) == 513 * 256 + 2 * (257 * 256 + 2 * 256)
    with torch.no_grad():
        transformer.residual[-1].weight.zero_()
    inputs = torch.randn(4, 512)
    assert torch.equal(transformer(inputs), torch.tanh(transformer.dense(inputs)))


@pytest.mark.parametrize(("size", "slots"), [(256, 128), (64, 128), (256, 10)])
def test_dense_fusion_has_about_the_memorys_parameters(size, slots):
    sizes = Bottleneck(size=size, slots=slots, fusion="dense")
    dense, memory = build_fusion(sizes), Memory(sizes)
    assert isinstance(dense, DenseFusion)
    assert abs(count(dense) - count(memory)) <= size + 1
    assert dense(torch.randn(2, size)).shape == (2, size)


def test_ablations_leave_out_what_table_4_leaves_out():
    latents = torch.randn(3, 8)
    assert build_fusion(SMALL.model_copy(update={"fusion": "none"}))(latents) is latents
    assert type(build_transformer(6, SMALL.model_copy(update={"transformer": False}))) is nn.Linear
    assert isinstance(build_transformer(6, SMALL), Transformer)
    assert isinstance(build_fusion(SMALL), Memory)


def test_reversal_turns_the_gradient_round_and_nothing_else():
    inputs, weights = torch.randn(4, requires_grad=True), torch.randn(4)
    outputs = ReverseGradient.apply(inputs, 0.3)
    assert torch.equal(outputs, inputs)
    (outputs * weights).sum().backward()
    torch.testing.assert_close(inputs.grad, -0.3 * weights)


@pytest.fixture
def game():
    torch.manual_seed(0)
    latents = {
        source: torch.randn(3 + i, 6, requires_grad=True) for i, source in enumerate(SOURCES)
    }
    return Adversary(6, 5, reversal=0.5), latents


def expected_terms(adversary, latents, labels):
    order = {"image": 0, "text": 1, "speech": 2}
    return sum(
        F.cross_entropy(
            adversary(latents[source]), torch.full((len(latents[source]),), order[label])
        )
        for source, label in labels.items()
    )


def gradients(loss, tensors):
    found = torch.autograd.grad(loss, tensors, retain_graph=True, allow_unused=True)
    return [torch.zeros_like(t) if g is None else g for t, g in zip(tensors, found, strict=True)]


def test_the_classifier_learns_all_four_terms_and_reverses_image_and_speech_only(game):
    adversary, latents = game
    plain = expected_terms(adversary, latents, SOURCES)
    loss = adversary.losses(latents).classifier
    torch.testing.assert_close(loss, plain)
    weights = list(adversary.parameters())
    torch.testing.assert_close(gradients(loss, weights), gradients(plain, weights))
    for source, values in latents.items():
        found, unreversed = gradients(loss, [values])[0], gradients(plain, [values])[0]
        assert unreversed.abs().sum() > 0
        strength = 0.0 if source.startswith("text") else -0.5
        torch.testing.assert_close(found, strength * unreversed)


def test_the_transformer_is_taught_to_be_taken_for_text_by_a_fixed_classifier(game):
    adversary, latents = game
    plain = expected_terms(adversary, latents, {"image": "text", "speech": "text"})
    loss = adversary.losses(latents).transformer
    torch.testing.assert_close(loss, plain)
    assert all(g.abs().sum() == 0 for g in gradients(loss, list(adversary.parameters())))
    tensors = list(latents.values())
    torch.testing.assert_close(gradients(loss, tensors), gradients(plain, tensors))
    assert gradients(loss, [latents["text_a"]])[0].abs().sum() == 0


def test_image_and_speech_come_to_look_like_text():
    torch.manual_seed(0)
    adversary = Adversary(6, 16, reversal=1.0)
    centers = {"image": [2, 0], "text_a": [0, 2], "text_b": [0, 2], "speech": [-2, -2]}
    latents = {
        source: (0.3 * torch.randn(8, 6) + torch.tensor([*center, 0, 0, 0, 0])).requires_grad_()
        for source, center in centers.items()
    }
    learner = torch.optim.Adam(adversary.parameters(), 0.05)
    mover = torch.optim.Adam(latents.values(), 0.1)
    for optimizer in [learner] * 40 + [mover] * 60:
        losses = adversary.losses(latents)
        optimizer.zero_grad()
        (losses.classifier + losses.transformer).backward()
        optimizer.step()
        if optimizer is learner:
            learnt = losses
    assert learnt.classifier < 0.1 < 2 < learnt.transformer
    assert losses.transformer < 0.1
    for source in ("image", "speech"):
        assert (adversary(latents[source]).argmax(1) == 1).all()


@pytest.mark.parametrize("names", [("image", "text_a"), ("text_b", "speech")])
def test_alternating_batches_have_their_own_terms_only(game, names):
    adversary, latents = game
    there = {name: latents[name] for name in names}
    losses = adversary.losses(there)
    expected = expected_terms(adversary, latents, {name: SOURCES[name] for name in names})
    torch.testing.assert_close(losses.classifier, expected)

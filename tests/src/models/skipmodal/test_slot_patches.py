"""Slots draw patches at places, and pictures of sentences are bright."""

import pytest
import torch
import torch.nn.functional as F

from crossmodal.data.skipmodal.batches import PairBatch
from crossmodal.models.skipmodal.slot_patches import FAINT, USUAL, Patches, SlotPatches

pytestmark = pytest.mark.usefixtures("seeded")
SIDE, SIZE, CHANNELS, PLACES = 32, 6, 3, 4
LOOKING = ("query", "key", "value", "position", "find")  # at pictures: only in training
USUALLY = ("order", "usual")


def make():
    return SlotPatches(SIZE, CHANNELS, PLACES, SIDE)


def full(count=1, color=(1.0, 1.0, 1.0)):
    """Patches of one item that are ink all over, but not so much that it is clamped."""
    return Patches(torch.full((1, count, 20, 20), 0.7), torch.tensor([[color] * count]))


def middle(light):
    """Centre of mass of pictures [B, 3, H, W]: [B, 2], down and across, in pixels from the edge."""
    mass = (light - FAINT).sum(1)
    pixels = torch.arange(SIDE) + 0.5
    sums = [(mass.sum(axis) * pixels).sum(1) for axis in (2, 1)]
    return torch.stack(sums, 1) / mass.sum((1, 2))[:, None]


def parts_that_learn(decoder, loss):
    names = [name for name, _ in decoder.named_parameters()]
    found = torch.autograd.grad(loss, [*decoder.parameters()], retain_graph=True, allow_unused=True)
    pairs = zip(names, found, strict=True)
    return {name.split(".")[0] for name, g in pairs if g is not None and g.abs().sum() > 0}


@pytest.mark.parametrize(("down", "across"), [(0.5, 0.5), (0.3, 0.66), (0.71, 0.29)])
@pytest.mark.parametrize("size", [-2.0, -1.0, 0.0])
def test_a_patch_lies_where_its_place_says_and_is_as_large(down, across, size):
    light = make().paint(full(), torch.tensor([[[down, across, size]]]))
    expected = torch.tensor([[down, across]]) * SIDE
    torch.testing.assert_close(middle(light), expected, atol=0.2, rtol=0)
    side = USUAL * float(torch.tensor(size / 2).exp()) * SIDE
    lit = light[0, 0] > 0.35
    for axis in (0, 1):
        assert abs(int(lit.sum(axis).max()) - side) <= 1.5


def test_a_patch_is_upright_and_not_mirrored():
    patches = full()
    patches.ink[..., :10, :] = 0  # only its lower half
    patches.ink[..., :10] = 0  # and of that the right one
    light = make().paint(patches, torch.tensor([[[0.5, 0.5, 0.0]]]))
    expected = torch.tensor([[0.5 + USUAL / 4] * 2]) * SIDE
    torch.testing.assert_close(middle(light), expected, atol=0.3, rtol=0)


def test_a_picture_moves_with_its_place():
    place = torch.tensor([[[0.45, 0.6, -0.5]]], requires_grad=True)
    for axis in (0, 1):
        (gradient,) = torch.autograd.grad(middle(make().paint(full(), place))[0, axis], place)
        expected = torch.zeros(3)
        expected[axis] = SIDE
        torch.testing.assert_close(gradient[0, 0], expected, atol=0.5, rtol=0)


def test_patches_add_up_each_in_its_colour():
    decoder, places = make(), torch.tensor([[[0.25, 0.3, -2.0], [0.7, 0.72, -2.0]]])
    patches = full(2)
    patches.color[0, 0], patches.color[0, 1] = torch.eye(3)[0], torch.eye(3)[2]
    both = decoder.paint(patches, places) - FAINT
    alone = [
        decoder.paint(Patches(*(each[:, [n]] for each in patches)), places[:, [n]]) - FAINT
        for n in (0, 1)
    ]
    torch.testing.assert_close(both, sum(alone), atol=3 * FAINT, rtol=0)
    for light, channel in zip(alone, (0, 2), strict=True):
        assert light[0, channel].max() > 0.6
        others = [c for c in range(3) if c != channel]
        assert light[0, others].max() < 2 * FAINT


def test_pictures_are_within_bounds_even_where_patches_lie_on_one_another():
    light = make().paint(full(9), torch.tensor([[[0.5, 0.5, 3.0]] * 9]))
    assert light.max() <= 1 - FAINT and light.min() >= FAINT
    assert make().eval()(torch.randn(5, 4, SIZE) * 20).isfinite().all()


def test_losses_are_of_the_light_and_of_places_and_are_taught_to_whom_they_concern():
    decoder = make()
    fused = torch.randn(2, 3, SIZE, requires_grad=True)
    maps = torch.randn(2, CHANNELS, PLACES, PLACES, requires_grad=True)
    images = torch.rand(2, 3, SIDE, SIDE)
    darkness, places = decoder.losses(fused, maps, images)
    own = {name for name, _ in decoder.named_children()} | {"position"}
    assert parts_that_learn(decoder, darkness) == own - {*USUALLY}
    assert parts_that_learn(decoder, places) == {*USUALLY}
    for loss, learns in ((darkness, True), (places, False)):
        found = torch.autograd.grad(loss, (fused, maps), retain_graph=True, allow_unused=True)
        assert [g is not None for g in found] == [learns, False]


def test_the_light_is_judged_by_cross_entropy_where_slots_look():
    decoder, fused = make().eval(), torch.randn(2, 3, SIZE)
    maps, images = torch.randn(2, CHANNELS, PLACES, PLACES), torch.rand(2, 3, SIDE, SIDE)
    hidden = decoder.describe(fused)
    patches, places = decoder.draw(hidden), decoder.look(hidden, maps)
    light = decoder.paint(patches, places)
    darkness, off = decoder.losses(fused, maps, images)
    torch.testing.assert_close(darkness, F.binary_cross_entropy(light, images))
    strongest = patches.ink.flatten(2).amax(2)
    apart = (decoder.guess(fused) - places).square().mean(2)
    torch.testing.assert_close(off, (apart * strongest).mean())


def test_slots_look_at_places_of_the_picture():
    decoder = make()
    with torch.no_grad():
        decoder.find.weight.zero_()
        decoder.find.bias.zero_()
        decoder.position.zero_()
        decoder.key.weight.fill_(30)
        decoder.query.weight.zero_()
        decoder.query.bias.fill_(1)
    maps = torch.zeros(1, CHANNELS, PLACES, PLACES)
    maps[0, :, 1, 3] = 1  # what all slots look for
    places = decoder.look(torch.randn(1, 2, 128).relu(), maps)
    expected = torch.tensor([[[1.5 / PLACES, 3.5 / PLACES, 0.0]] * 2])
    torch.testing.assert_close(places, expected, atol=1e-4, rtol=0)


def test_pictures_are_drawn_of_u_alone_where_things_usually_are():
    decoder, fused = make().eval(), torch.randn(2, 3, SIZE)
    drawn = decoder(fused)
    assert drawn.shape == (2, 3, SIDE, SIDE)
    expected = decoder.paint(decoder.draw(decoder.describe(fused)), decoder.guess(fused))
    assert torch.equal(drawn, expected)
    own = {name for name, _ in decoder.named_children()} | {"position"}
    assert parts_that_learn(decoder, drawn.sum()) == own - {*LOOKING}


def squares(*places):
    """A black picture with a square of each (down, across, colour)."""
    picture = torch.zeros(3, SIDE, SIDE)
    for down, across, color in places:
        picture[:, down : down + 8, across : across + 8] = torch.tensor(color)[:, None, None]
    return picture


RED, BLUE = (1.0, 0.2, 0.2), (0.2, 0.3, 1.0)


def learn(decoder, fused, images, is_drawn):
    """Whether what is asked for is drawn after as many steps as it takes, at most 400."""
    optimizer, maps = torch.optim.Adam(decoder.parameters(), 0.01), F.avg_pool2d(images, 8)
    for step in range(1, 401):
        optimizer.zero_grad()
        sum(decoder.train().losses(fused, maps, images)).backward()
        optimizer.step()
        if step % 10 == 0:
            with torch.no_grad():
                drawn = decoder.eval()(fused)
            if is_drawn(drawn):
                return True
    return False


def test_two_pictures_are_learnt_and_drawn_bright():
    images = torch.stack([squares((4, 4, RED), (20, 18, BLUE)), squares((16, 6, BLUE))])

    def is_drawn(drawn):
        bright = drawn.flatten(1).amax(1).min() > 0.5
        colored = drawn[0, 0, 4:12, 4:12].max() > 0.5 and drawn[1, 0].max() < 0.4
        return bright and colored and (drawn - images).abs().mean() < 0.03  # black: .06

    assert learn(make(), torch.randn(2, 2, SIZE), images, is_drawn)


def test_what_may_stand_anywhere_is_drawn_bright_and_not_as_a_fog_over_all_places():
    images = torch.stack([squares((row, 3 + row, RED)) for row in (1, 11, 20)])
    fused = torch.randn(1, 2, SIZE).expand(3, -1, -1)
    assert images.mean(0).max() < 0.5

    def is_drawn(drawn):
        return drawn[0, 0].max() > 0.6 and drawn[0, 0].mean() < 1.5 * images[:, 0].mean()

    assert learn(make(), fused, images, is_drawn)


def test_without_patches_pictures_are_the_papers_and_judged_by_l1(tiny_slots, batch):
    network = tiny_slots(additions={"patches": False}).eval()
    losses, whole = network(batch), tiny_slots().eval()(batch)
    assert whole.keys() - losses.keys() == {"place"}
    u = network.encode("text", batch.image_text.texts).u
    drawn = network.image_decoder(u.flatten(1))
    assert torch.equal(network.generate_image(u), drawn)
    torch.testing.assert_close(losses["image"], F.l1_loss(drawn, batch.image_text.images))


def test_captions_are_drawn_once_texts_are_frozen(tiny_slots, batch):
    network, pairs = tiny_slots(additions={"freeze_texts": 0.5}).eval(), batch.image_text
    network.progress = 0.49
    early = network(PairBatch(pairs, None))
    network.progress = 0.5
    losses = network(PairBatch(pairs, None))
    assert losses.keys() - early.keys() == {"image", "place"}
    u = network.encode("text", pairs.texts).u
    expected = network.image_decoder.losses(u, network.look(pairs.images), pairs.images)
    torch.testing.assert_close(losses["image"], expected[0])
    torch.testing.assert_close(losses["place"], expected[1])
    torch.testing.assert_close(network.generate_image(u), network.image_decoder(u))

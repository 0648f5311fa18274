import pytest
import torch
import torch.nn.functional as F
from torch.distributed import FileStore, destroy_process_group, init_process_group
from torch.nn.parallel import DistributedDataParallel

from crossmodal.data.skipmodal.batches import (
    ImageTextBatch,
    PairBatch,
    Speech,
    Texts,
    TextSpeechBatch,
)
from crossmodal.errors import DataError
from crossmodal.models.skipmodal.network import WEIGHT_OF, load_network
from tests.src.models.skipmodal.conftest import (
    find_unspoken,
    find_unwritten,
    learn,
    train,
    weigh,
)

BOTTLENECK = {"transformer", "fusion"}
REACHED = {
    "image": {"text_encoder", "image_decoder"} | BOTTLENECK,
    "text_a": {"image_encoder", "text_decoder"} | BOTTLENECK,
    "text_b": {"speech_encoder", "text_decoder"} | BOTTLENECK,
    "mel": {"text_encoder", "speech_decoder"} | BOTTLENECK,
    "stop": {"text_encoder", "speech_decoder"} | BOTTLENECK,
    "linear": {"text_encoder", "speech_decoder", "post_net"} | BOTTLENECK,
    "adversary_classifier": {"adversary", "image_encoder", "speech_encoder", "transformer"},
    "adversary_transformer": {"image_encoder", "speech_encoder", "transformer"},
}


def reached(network, loss):
    """The blocks with a gradient that is not zero."""
    names = [name for name, _ in network.named_parameters()]
    found = torch.autograd.grad(
        loss, list(network.parameters()), retain_graph=True, allow_unused=True
    )
    pairs = zip(names, found, strict=True)
    return {name.split(".")[0] for name, g in pairs if g is not None and g.abs().sum() > 0}


@pytest.mark.parametrize("transformer", [True, False])
def test_every_loss_reaches_its_own_blocks_only(tiny, batch, transformer):
    network = tiny(bottleneck={"transformer": transformer})
    if transformer:  # its batch statistics join the modalities, as its docstring says
        network.transformer.eval()
    losses = network(batch)
    assert losses.keys() == REACHED.keys() == WEIGHT_OF.keys()
    for name, loss in losses.items():
        assert reached(network, loss) == REACHED[name], name


def test_only_the_batch_statistics_of_the_transformer_join_the_modalities(tiny, batch):
    network = tiny()
    encoded = network.encode_batch(batch)
    assert "image_encoder" in reached(network, encoded["text_b"].u.square().sum())
    network.transformer.eval()
    encoded = network.encode_batch(batch)
    assert reached(network, encoded["text_b"].u.square().sum()) == {"text_encoder"} | BOTTLENECK


def test_speech_is_trained_from_texts_alone(tiny, batch):
    network = tiny()
    seen = []
    network.speech_decoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network.image_decoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network.text_decoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    encoded = network.encode_batch(batch)
    network(batch)
    images_and_speech = torch.cat([encoded["image"].u, encoded["speech"].u])
    expected = [images_and_speech, encoded["text_a"].u, encoded["text_b"].u]
    for found, each in zip(seen, expected, strict=True):
        torch.testing.assert_close(found, each)


def test_losses_are_those_of_each_part_by_itself(tiny, batch):
    network = tiny().eval()
    losses = network(batch)
    pairs, spoken = batch.image_text, batch.text_speech
    text = network.encode("text", pairs.texts)
    expected = (network.generate_image(text.u) - pairs.images).abs().mean()
    torch.testing.assert_close(losses["image"], expected)
    heard = network.encode("speech", spoken.speech)
    logits = network.text_decoder(heard.u, spoken.texts.symbols)
    rows = [logits[i, :n].log_softmax(1) for i, n in enumerate(spoken.texts.lengths)]
    targets = spoken.texts.symbols[spoken.texts.symbols > 0]
    expected = F.nll_loss(torch.cat(rows), targets)
    torch.testing.assert_close(losses["text_b"], expected)
    total = sum(losses[name] for name in REACHED if not name.startswith("adversary"))
    total += 0.1 * (losses["adversary_classifier"] + losses["adversary_transformer"])
    torch.testing.assert_close(weigh("paper", network, losses), total)


def test_alternating_batches_have_one_sides_terms(tiny, batch):
    network = tiny().eval()
    both = network(batch)
    image_text = network(PairBatch(batch.image_text, None))
    text_speech = network(PairBatch(None, batch.text_speech))
    adversary = {"adversary_classifier", "adversary_transformer"}
    assert image_text.keys() == {"image", "text_a"} | adversary
    assert text_speech.keys() == {"text_b", "mel", "stop", "linear"} | adversary
    for name in both.keys() - adversary:
        torch.testing.assert_close(both[name], (image_text | text_speech)[name])
    for name in adversary:
        torch.testing.assert_close(both[name], image_text[name] + text_speech[name])


def test_terms_without_target_or_block_are_absent(tiny, batch):
    speech = batch.text_speech.speech
    plain = TextSpeechBatch(batch.text_speech.texts, Speech(speech.mels, speech.frames))
    assert "linear" not in tiny()(PairBatch(batch.image_text, plain))
    changed = tiny(post_net={"joint": False}, bottleneck={"adversary": False})
    assert changed(batch).keys() == {"image", "text_a", "text_b", "mel", "stop"}


def test_padding_changes_no_loss_in_training(tiny, batch):
    texts, spoken = batch.image_text.texts, batch.text_speech
    speech = spoken.speech
    longer = PairBatch(
        ImageTextBatch(batch.image_text.images, Texts(F.pad(texts.symbols, (0, 6)), texts.lengths)),
        TextSpeechBatch(
            Texts(F.pad(spoken.texts.symbols, (0, 3)), spoken.texts.lengths),
            Speech(
                F.pad(speech.mels, (0, 0, 0, 8)), speech.frames, F.pad(speech.linears, (0, 0, 0, 8))
            ),
        ),
    )
    expected, found = tiny()(batch), tiny()(longer)
    for name, loss in expected.items():
        torch.testing.assert_close(found[name], loss, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("fusion", "rate"), [("none", 0.03), ("memory", 0.01)])
def test_four_pairs_are_learnt_and_read_back_by_free_running(tiny, few, fusion, rate):
    network = tiny(bottleneck={"fusion": fusion, "adversary": False}, post_net={"joint": False})

    def find_missing():
        with torch.no_grad():
            u = {name: each.u for name, each in network.encode_batch(few).items()}
        missing = find_unwritten(network, few, u)
        if fusion == "none":  # from what the memory mixes, speech takes many times the steps
            missing |= find_unspoken(network, few, u)
        return missing

    assert not learn("paper", network, few, rate, find_missing)


def test_generation_stops_for_any_input(tiny, batch):
    network = tiny().eval()
    spoken = network.generate_mel(network.encode("image", batch.image_text.images).u)
    assert spoken.mels.shape[1] <= 18
    assert spoken.frames.max() <= 18
    written = network.generate_text(network.encode("speech", batch.text_speech.speech).u)
    assert written.shape[1] <= 12
    assert not spoken.mels.requires_grad


def test_weights_depend_on_the_seed_alone_and_steps_are_the_same_again(tiny, batch):
    state = torch.random.get_rng_state()
    networks = [tiny(3), tiny(3), tiny(4)]
    assert torch.equal(torch.random.get_rng_state(), state)
    first, second, other = (torch.nn.utils.parameters_to_vector(n.parameters()) for n in networks)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    for network in networks[:2]:
        torch.manual_seed(0)
        train("paper", network, batch, 2, 0.01)
    values = [torch.cat([v.flatten() for v in n.state_dict().values()]) for n in networks[:2]]
    assert torch.equal(*values)


@pytest.mark.parametrize("changes", [{}, {"bottleneck": {"fusion": "dense", "transformer": False}}])
def test_a_saved_network_says_the_same(tiny, batch, tmp_path, changes):
    network = tiny(**changes)
    train("paper", network, batch, 1, 0.01)
    network.eval().save(tmp_path / "network")
    loaded = load_network(tmp_path / "network")
    assert loaded.config == network.config
    for name, loss in network(batch).items():
        assert torch.equal(loaded(batch)[name], loss)
    fused = network.encode("text", batch.image_text.texts).u
    assert torch.equal(loaded.encode("text", batch.image_text.texts).u, fused)
    assert torch.equal(loaded.generate_mel(fused).mels, network.generate_mel(fused).mels)


def test_images_of_another_size_are_refused(tiny, batch):
    pairs = ImageTextBatch(torch.rand(3, 3, 64, 64), batch.image_text.texts)
    with pytest.raises(DataError, match="64 x 64 pixels, but the network draws 32 x 32"):
        tiny()(PairBatch(pairs, batch.text_speech))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_mixed_precision_comes_close_and_its_results_are_float32(tiny, batch, dtype):
    network, expected = tiny(), tiny()(batch)
    with torch.autocast("cpu", dtype):
        losses = network(batch)
        weigh("paper", network, losses).backward()
        fused = network.eval().encode("text", batch.image_text.texts).u
        spoken = network.generate_mel(fused)
        written = network.generate_text(fused)
    for name, loss in expected.items():
        torch.testing.assert_close(losses[name], loss, atol=0.03, rtol=0.02)
    assert all(torch.isfinite(parameter.grad).all() for parameter in network.parameters())
    assert spoken.mels.dtype == torch.float32
    assert written.dtype == torch.int64


def test_data_parallel_training_uses_every_weight(tiny, batch, tmp_path):
    network = tiny()
    expected = tiny()(batch)
    init_process_group("gloo", store=FileStore(str(tmp_path / "store"), 1), rank=0, world_size=1)
    try:
        parallel = DistributedDataParallel(network)
        for _ in range(2):  # the second raises where a weight got no gradient in the first
            losses = parallel(batch)
            weigh("paper", network, losses).backward()
    finally:
        destroy_process_group()
    for name, loss in expected.items():
        torch.testing.assert_close(losses[name], loss)
    assert all(parameter.grad is not None for parameter in network.parameters())

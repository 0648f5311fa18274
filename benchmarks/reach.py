"""Paper B: what reaches the encoders in the first step, in the paper's form and in `mended`.

`python -m benchmarks.reach` prints the table of docs/skipmodal/mended.md. It needs the pairs of
`make skipmodal`, and changes nothing.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from crossmodal.config.skipmodal.runs import SkipModalRuns
from crossmodal.data.skipmodal.batches import PairBatch
from crossmodal.data.skipmodal.pair_limits import measure_pairs
from crossmodal.models.skipmodal.architectures import ARCHITECTURES, AnyNetwork
from crossmodal.report.skipmodal.runs import ADDITIONS
from crossmodal.report.tables import markdown_table
from crossmodal.train.skipmodal.pair_batches import PairLoader
from pipeline import stage
from pipeline.skipmodal.pair_data import open_images, open_recordings
from pipeline.skipmodal.paths import IMAGE_TEXT, TEXT_SPEECH

HEADER = ("", "z of images varies by", "u of images", "gradient of text", "of the adversary", "all")


def main() -> None:
    """Print a row for each variant."""
    torch.set_num_threads(1)
    loader = PairLoader(open_images("train"), open_recordings("train"))
    plan = stage.load("skipmodal", SkipModalRuns)
    limits, _ = measure_pairs(IMAGE_TEXT, TEXT_SPEECH)
    batching = plan.architectures.mended.training.batching
    batch = loader(loader.sampler(batching, 0, "both")(0))
    names = ["paper", "paper_without_adversary", "mended", "mended_with_adversary"]
    rows = []
    for name in [*names, *(f"mended_without_{each}" for each in ADDITIONS["mended"])]:
        settings = plan.settle(f"{name}-0", limits)
        network = ARCHITECTURES[settings.architecture].build(settings.network, 0)
        weights = ARCHITECTURES[settings.architecture].weights(network)
        rows.append([name, *(f"{value:.4f}" for value in measure(network, weights, batch))])
    print(markdown_table(HEADER, rows))


def measure(network: AnyNetwork, weights: dict[str, float], batch: PairBatch) -> list[float]:
    """Deviation of z and u over the images of a batch; norms of gradients at the image encoder."""
    assert batch.image_text is not None
    with torch.no_grad():
        made = network.encode("image", batch.image_text.images)
    losses = network(batch)
    of_text = [weights[name] * losses[name] for name in losses if name == "text_a"]
    adversary = [weights[name] * each for name, each in losses.items() if "adversary" in name]
    everything = [weights[name] * each for name, each in losses.items()]
    norms = (pull(network, each) for each in (of_text, adversary, everything))
    return [float(made.z.std(0).mean()), float(made.u.std(0).mean()), *norms]


def pull(network: AnyNetwork, losses: Iterable[Tensor]) -> float:
    """The norm of the sum's gradient at the parameters of the image encoder."""
    total = sum(losses)
    if not isinstance(total, Tensor):
        return 0.0
    parameters = list(network.image_encoder.parameters())
    gradients = torch.autograd.grad(total, parameters, retain_graph=True, allow_unused=True)
    return float(torch.stack([each.norm() for each in gradients if each is not None]).norm())


if __name__ == "__main__":
    main()

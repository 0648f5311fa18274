"""Train one run of paper B's network whose images a pretrained network has embedded beforehand."""

from functools import partial

from crossmodal.config.compute import Compute
from crossmodal.config.skipmodal.planned_runs import Run
from crossmodal.models.skipmodal.architectures import AnyNetwork
from crossmodal.models.skipmodal.efficientnet import load_frozen
from pipeline import stage
from pipeline.skipmodal.pair_data import load_run, open_embedded_images
from pipeline.skipmodal.paths import EFFICIENTNET, IMAGE_MAPS
from pipeline.skipmodal.train_skipmodal import ImageSource, train


def main(run: str) -> None:
    """As `train_skipmodal`; the weights hold the pretrained network too, which reads new images."""
    maps = load_run(run, Run).maps
    assert maps, f"{run} reads pixels; parameters are checked for that"
    open_maps = partial(open_embedded_images, config=maps)
    files = (EFFICIENTNET, IMAGE_MAPS / "train.npy", IMAGE_MAPS / "validation.npy")
    source = ImageSource(open_maps, fill_pretrained, "pipeline.skipmodal.train_embedded", files)
    train(run, source, stage.load("compute", Compute))


def fill_pretrained(network: AnyNetwork) -> None:
    """Give a new network the pretrained one's weights."""
    load_frozen(network.image_encoder.layers.frozen, EFFICIENTNET)  # type: ignore[arg-type]


if __name__ == "__main__":
    stage.run(main, run=None)

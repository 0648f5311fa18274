"""Fetch EfficientNet-Lite0's ImageNet weights; later stages read them as safetensors."""

from crossmodal.config.own_input import find_own
from crossmodal.config.skipmodal.efficientnet import FetchEfficientNet
from crossmodal.models.skipmodal.efficientnet_weights import write_weights
from pipeline import stage
from pipeline.skipmodal.paths import EFFICIENTNET


def main() -> None:
    """Write the weights, checked on a known picture."""
    config = stage.load("fetch_efficientnet", FetchEfficientNet)
    write_weights(EFFICIENTNET, find_own(config.file))


if __name__ == "__main__":
    stage.run(main)

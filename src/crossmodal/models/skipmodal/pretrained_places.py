"""Places from the maps of a pretrained network, in the stead of convolutions over pixels."""

from torch import Tensor, nn

from crossmodal.config.skipmodal.pretrained import PretrainedMaps
from crossmodal.errors import DataError
from crossmodal.models.skipmodal.efficientnet import EfficientNetLite0, embed_pixels


class PretrainedPlaces(nn.Module):
    """Maps, or the pictures that they are made of, to places.

    | layer | output (128 x 128 pixels, stages 3 and 5) |
    | --- | --- |
    | maps of EfficientNet-Lite0, frozen | B, 272, 8, 8 |
    | convolution 3 x 3, BN, ReLU | B, C, 8, 8 |

    The frozen network is part of the state, so that a trained network needs no other file to read
    a picture. Trainings give the maps, precomputed; both ways have the same result, as the maps
    have half precision in both.
    """

    def __init__(self, config: PretrainedMaps, places: int) -> None:
        """`places`: C."""
        super().__init__()
        self.frozen, self.channels = EfficientNetLite0(config), places
        layer = nn.Conv2d(self.frozen.shape[0], places, 3, padding=1, bias=False)
        self.adapter = nn.Sequential(layer, nn.BatchNorm2d(places), nn.ReLU())

    def forward(self, inputs: Tensor) -> Tensor:
        """Maps, or pictures [B, 3, H, W] in [0, 1] of any size -> [B, C, side, side].

        Raises:
            DataError: maps of other settings.
        """
        if inputs.shape[1] == 3:
            inputs = embed_pixels(self.frozen, inputs)
        if inputs.shape[1:] != self.frozen.shape:
            shape = tuple(inputs.shape[1:])
            raise DataError(f"maps of {shape} are not those of {self.frozen.config}")
        return self.adapter(inputs.float())

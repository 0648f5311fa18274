"""The names of the auto-encoders, for those who need no network."""

from typing import Literal

AutoencoderName = Literal["conv_vae", "mlp_vae", "conv_ae", "mlp_ae"]
AUTOENCODERS: tuple[AutoencoderName, ...] = ("conv_vae", "mlp_vae", "conv_ae", "mlp_ae")

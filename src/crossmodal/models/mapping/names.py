"""The names of the auto-encoders, for those who need no network."""

AutoencoderName = str  # one of these
AUTOENCODERS: tuple[AutoencoderName, ...] = ("conv_vae", "mlp_vae", "conv_ae", "mlp_ae")

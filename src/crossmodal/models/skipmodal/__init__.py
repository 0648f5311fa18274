"""The skip-modal network of paper B: encoders, multimodal bottleneck, decoders."""

"""Training of paper B's networks: the skip-modal one, mel to linear, the CycleGAN baseline."""

"""Training of paper B's networks: batches, steps, processes, and the CycleGAN baseline."""

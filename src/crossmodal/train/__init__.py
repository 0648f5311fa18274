"""Training loops: seeded, resumable, deterministic."""

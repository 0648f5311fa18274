"""Real inputs, what is composed of them, and the shards that trainings read."""

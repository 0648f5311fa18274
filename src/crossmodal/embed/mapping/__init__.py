"""Paper A, embedding mapping: low-dimensional embeddings (section 3.1)."""

"""Low-dimensional embeddings of words, speech and images (paper A, section 3.1)."""

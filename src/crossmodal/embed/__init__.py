"""Embeddings of words, speech and images, made once and kept as tables or maps."""

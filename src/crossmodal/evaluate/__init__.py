"""Measures of generated images, sentences and speech, and of retrieval."""

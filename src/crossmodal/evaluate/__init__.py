"""Measures of generated images and of retrieval."""

"""Frozen, validated settings, one class per pipeline stage."""

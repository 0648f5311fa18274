"""Paper B, skip-modal generation."""

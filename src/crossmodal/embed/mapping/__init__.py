"""Paper A, embedding mapping."""

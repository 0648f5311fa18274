"""Paper B's tables, its figures beside ours."""

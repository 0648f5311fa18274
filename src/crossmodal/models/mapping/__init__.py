"""The networks of paper A: auto-encoders, mapping, direct baseline."""

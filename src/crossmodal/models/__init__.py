"""Networks: auto-encoders, mapping, direct baseline, digit classifier."""

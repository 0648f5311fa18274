"""The closest match for a name that was mistyped."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """What to add to a message about `name`: " (did you mean A or B?)"; empty for none near."""
    near = get_close_matches(name.lower()[:100], known, n=2, cutoff=0.6)
    return f" (did you mean {' or '.join(near)}?)" if near else ""

"""Which of many items a page shows: some of them, evenly spread."""

import numpy as np


def spread(total: int, count: int) -> list[int]:
    """Up to `count` of `total` positions, evenly spread from first to last."""
    return sorted(set(np.linspace(0, total - 1, count).round().astype(int).tolist()))


def spread_inside(total: int, count: int) -> list[int]:
    """Up to `count` of `total` positions: the middles of as many equal parts."""
    middles = ((2 * part + 1) * total // (2 * count) for part in range(count))
    return sorted(set(middles)) if total else []

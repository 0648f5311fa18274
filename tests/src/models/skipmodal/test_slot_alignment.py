"""The nearest hypothesis, and what ties the u of a pair together."""

import pytest
import torch
import torch.nn.functional as F

from crossmodal.models.skipmodal.slot_alignment import Contrast, nearest, pick

pytestmark = pytest.mark.usefixtures("seeded")


@pytest.mark.parametrize("count", [1, 4])
def test_nearest_is_what_brute_force_finds(count):
    fused, target = torch.randn(count, 7, 2, 3, requires_grad=True), torch.randn(7, 2, 3)
    chosen = nearest(fused, target)
    found = pick(fused, chosen)
    for item, own in enumerate(target):
        apart = [float((each[item] - own).detach().norm()) for each in fused]
        assert chosen[item] == apart.index(min(apart))
        assert torch.equal(found[item], fused[chosen[item], item])
    assert not chosen.requires_grad and found.requires_grad


def test_contrast_is_info_nce_in_both_directions():
    contrast, first, second = Contrast(), torch.randn(4, 2, 3), torch.randn(4, 2, 3)
    scale, total = contrast.log_scale.exp(), 0
    for rows, columns in ((first, second), (second, first)):
        for i, row in enumerate(rows):
            scores = torch.stack(
                [F.cosine_similarity(row.flatten(), each.flatten(), 0) for each in columns]
            )
            total = total - (scores * scale).log_softmax(0)[i] / len(rows)
    torch.testing.assert_close(contrast(first, second), total)


def test_contrast_is_smallest_where_pairs_match():
    contrast, vectors = Contrast(), torch.randn(5, 2, 3)
    for shift in range(1, 5):
        others = vectors.roll(shift, 0)
        assert contrast(vectors, vectors) < contrast(vectors, others)

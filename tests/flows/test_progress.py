import pytest

from flows.progress import BAR, make_key


@pytest.mark.parametrize(
    ("line", "percent"),
    [
        (" 42%|####2     | 21/50 [00:10<00:14,  2.00shard/s]", "42"),
        (" 42%|####2     | 21/50 [00:10<00:14,  2.00step/s, loss 0.512, score -1]", "42"),
        ("colored: 100%|##########| 5/5 [00:01<00:00]", "100"),
        ("  0%|          | 0/9 [00:00<?, ?shard/s]", "0"),
    ],
)
def test_bars_of_tqdm_are_known(line, percent):
    match = BAR.match(line)
    assert match and match[1] == percent


@pytest.mark.parametrize("line", ["Running stage 'a':", "accuracy 42%", "| 42%| table |"])
def test_other_lines_are_not_bars(line):
    assert BAR.match(line) is None


def test_keys_hold_only_what_prefect_allows():
    assert make_key("progress", "train_autoencoder@double-Conv") == (
        "progress-train-autoencoder-double-conv"
    )

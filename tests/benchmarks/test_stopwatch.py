"""Each second is given to one part: the innermost that was open."""

import itertools

import pytest
import torch
from torch import nn

from benchmarks.stopwatch import REST, Stopwatch


class Ticking:
    """A clock that stands still but for what `work` takes."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def work(self, seconds):
        self.now += seconds
        return seconds


class Baker:
    def __init__(self, clock):
        self.clock = clock

    def bake(self):
        self.clock.work(2)
        self.knead()
        return self.clock.work(3)

    def knead(self):
        self.clock.work(5)

    def drop(self):
        self.clock.work(7)
        raise OSError


def test_inner_parts_are_not_counted_for_outer_ones():
    clock = Ticking()
    baker, watch = Baker(clock), Stopwatch(clock)
    clock.work(100)
    with watch.run([(baker, "bake", "oven"), (Baker, "knead", "dough")]):
        clock.work(1)
        assert baker.bake() == 3
        baker.knead()
        clock.work(4)
    clock.work(100)
    baker.bake()
    assert watch.seconds == {REST: 5, "oven": 5, "dough": 10} and watch.total == 20
    assert watch.share("dough") == 0.5 and watch.share("sleep") == 0


def test_a_failure_is_timed_too_and_functions_are_put_back():
    clock = Ticking()
    baker, watch = Baker(clock), Stopwatch(clock)
    knead, drop = Baker.knead, Baker.drop
    with pytest.raises(OSError), watch.run([(Baker, "knead", "dough"), (Baker, "drop", "floor")]):
        baker.drop()
    assert watch.seconds == {REST: 0, "floor": 7}
    assert (Baker.knead, Baker.drop) == (knead, drop)


def test_blocks_of_a_network_are_timed_where_they_are_called():
    ticks = itertools.count()
    network = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    watch = Stopwatch(lambda: float(next(ticks)))
    inputs = torch.ones(1, 2)
    with watch.run([(network[0], "forward", "dense"), (network[1], "forward", "curve")]):
        outputs = network(inputs)
    assert watch.seconds == {REST: 3, "dense": 1, "curve": 1}
    assert torch.equal(outputs, network(inputs))
    assert watch.total == 5

"""Places of your own: what DVC can find from every workspace, and nothing else."""

from pathlib import Path

import pytest

from crossmodal.config.own_input import NOTHING, OwnInput, find_own, is_own
from crossmodal.config.section import Section
from crossmodal.errors import ParameterError


class Settings(Section):
    """One place."""

    folder: OwnInput


@pytest.mark.parametrize("place", ["/data/my photos", "data/own/photos", NOTHING, "data/scenes"])
def test_places_that_every_workspace_finds(place):
    assert Settings.parse({"folder": place}, "x").folder == place


@pytest.mark.parametrize(
    "place", [None, "~/photos", "photos", "../photos", "data/own/../photos", "/data/../x", ""]
)
def test_others_are_refused_with_what_is_allowed(place):
    with pytest.raises(ParameterError, match=r"x\.folder = .*allowed: .*data/own/none"):
        Settings.parse({"folder": place}, "x")


def test_nothing_is_no_place():
    assert find_own(NOTHING) is None and find_own(f"{NOTHING}/") is None
    assert find_own("/data/photos") == Path("/data/photos")


def test_what_stages_make_is_nobodys_own():
    assert is_own("/data/photos") and is_own("data/own/photos")
    assert not any(map(is_own, ["data/scenes", NOTHING, "data/raw/mnist", "src"]))

"""The model card of a bundle."""

from collections.abc import Mapping
from typing import Any


def describe_data(voice: str) -> list[dict[str, str]]:
    """What a model was trained on, with licences."""
    return [{"name": "MNIST"}]


def write_card(values: Mapping[str, Any]) -> str:
    """The card in Markdown."""
    return f"# {values['name']}\n"

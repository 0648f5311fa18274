"""All sentences of the scenes' grammar, before their fields are filled."""

from collections.abc import Iterator

from crossmodal.data.skipmodal.captions import HEARD, SEEN, SHARED


def all_templates() -> Iterator[tuple[int, str]]:
    """Every template about scenes, with its number of digits."""
    for table in (SHARED, SEEN, HEARD):
        for count, templates in table.items():
            for template in templates:
                yield count, template

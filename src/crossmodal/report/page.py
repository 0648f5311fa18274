"""One HTML page that holds all it shows: style, pictures and sound are inside.

A page is a list of sections. Each comes from a function of its own, which knows nothing of the
others; a new one is a function, a template, and a line where the page is put together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from crossmodal.report.comparison import format_difference

ENVIRONMENT = Environment(
    loader=PackageLoader("crossmodal.report"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.filters["signed"] = format_difference


@dataclass(frozen=True)
class Section:
    """A part of a page with a heading.

    anchor: its address within the page. label: its short name in the list of sections. body: HTML,
    made by `render`.
    """

    anchor: str
    label: str
    title: str
    body: Markup


def render(template: str, **values: Any) -> Markup:
    """HTML from `templates/TEMPLATE.html`; every value is escaped but what is Markup already."""
    return Markup(ENVIRONMENT.get_template(f"{template}.html").render(values))  # noqa: S704


def make_page(title: str, opening: Markup, sections: Sequence[Section]) -> str:
    """A whole page: title, what stands above the first heading, then the sections in order."""
    return render("page", title=title, opening=opening, sections=sections) + "\n"

"""The judge of pages finds what it is there to find."""

import pytest

from tests.pages import Page


@pytest.mark.parametrize(
    "html",
    [
        "<p><b></p></b>",
        "<p>",
        "</p>",
        '<p id="a"></p><p id="a"></p>',
        '<img src="data:,">',
        '<p class="a" class="b"></p>',
        "<p/>",
    ],
)
def test_disorder_is_noticed(html):
    assert Page(html).mistakes


@pytest.mark.parametrize(
    "html",
    [
        '<img alt="a" src="a.png">',
        '<a href="//host/a">a</a>',
        '<a href="https://host">a</a>',
        "<style>@import 'a.css';</style>",
        "<style>p { background: url(a.png); }</style>",
        '<p style="background:url(data:,)"></p>',
        "<script>1</script>",
        '<p onclick="f()"></p>',
        '<svg><use xlink:href="a.svg"></use></svg>',
        '<meta http-equiv="refresh" content="0; url=https://host">',
    ],
)
def test_references_to_the_outside_are_noticed(html):
    assert Page(html).outside()


def test_a_page_in_order_passes_and_its_tables_can_be_read():
    html = """<h1 id="a">A</h1><a href="#a">a</a><img alt="x" src="data:image/png;base64,//8=">
    <table id="t"><tr><th>a</th><td>1 <b>2</b></td></tr><tr><td>3</td></tr></table>"""
    page = Page(html)
    assert page.mistakes == [] and page.outside() == []
    assert page.tables == {"t": [["a", "1 2"], ["3"]]}

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import Markup

from crossmodal.report.page import Section, make_page, render
from crossmodal.report.sections import make_provenance
from tests.pages import Page


@given(st.text(max_size=40))
def test_every_text_arrives_as_it_is(text):
    section = make_provenance({text: [(text, text)]}, [(text, text)])
    page = Page(make_page(text, Markup(), [Section("a", text, text, section.body)]))
    assert page.mistakes == [] and page.outside() == []
    # Whatever it is, it adds no element.
    plain = make_provenance({"x": [("x", "x")]}, [("x", "x")])
    expected = Page(make_page("x", Markup(), [Section("a", "x", "x", plain.body)]))
    assert page.elements == expected.elements


def test_a_forgotten_value_is_an_error_not_a_gap():
    with pytest.raises(UndefinedError):
        render("provenance", groups={})

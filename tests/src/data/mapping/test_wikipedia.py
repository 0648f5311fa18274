import bz2

import pytest

from crossmodal.data.mapping.wikipedia import write_articles
from crossmodal.errors import DataError

PAGE = (
    "<page><title>T{n}</title><ns>0</ns><id>{n}</id><revision><text>{text}</text></revision></page>"
)
TEXTS = ("'''Seven''' is a [[number|Number]] after 6.", "Blue {{cite|x}} is a colour.")


def write_dump(path):
    pages = "".join(PAGE.format(n=n, text=text) for n, text in enumerate(TEXTS))
    xml = f'<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/">{pages}</mediawiki>'
    path.write_bytes(bz2.compress(xml.encode()))
    return path


def test_a_dump_becomes_lower_case_words_without_markup(tmp_path):
    dump = write_dump(tmp_path / "dump.xml.bz2")
    assert write_articles(tmp_path / "out.txt", dump, 10) == (2, 9)
    assert (tmp_path / "out.txt").read_text() == "seven is a number after\nblue is a colour\n"
    assert write_articles(tmp_path / "out.txt", dump, 1)[0] == 1


def test_missing_or_damaged_dumps_are_named_and_leave_nothing(tmp_path):
    dump = tmp_path / "dump.xml.bz2"
    write_dump(dump)
    content = dump.read_bytes()
    for spoilt in (content[:-20], b"no bz2", bz2.compress(b"<mediawiki><page>"), b""):
        dump.write_bytes(spoilt)
        with pytest.raises(DataError, match=r"dump\.xml\.bz2"):
            write_articles(tmp_path / "out.txt", dump, 10)
    with pytest.raises(DataError, match=r"gone\.bz2 is missing"):
        write_articles(tmp_path / "out.txt", tmp_path / "gone.bz2", 10)
    assert [p.name for p in tmp_path.iterdir()] == ["dump.xml.bz2"]

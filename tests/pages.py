"""Reading pages back: is the HTML in order, what does it refer to, what do its tables say."""

import re
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta"}
# SVG elements that the templates write as <line .../>.
DRAWN = {"circle", "line", "path", "rect"}
ADDRESSES = {"src", "href", "srcset", "poster", "data", "action", "formaction", "background"}


class Page(HTMLParser):
    """A parsed page.

    mistakes: what is not in order. addresses: (element, attribute, value). elements: all names.
    texts: all text outside <style>. tables: id -> rows -> cells, text with single spaces.
    """

    def __init__(self, html):
        super().__init__()
        self.mistakes, self.addresses, self.elements, self.attributes = [], [], [], []
        self.open, self.ids, self.texts, self.styles = [], [], [], []
        self.tables, self.table = {}, None
        self.feed(html)
        self.close()
        self.mistakes += [f"<{name}> is never closed" for name in self.open]
        self.mistakes += [f"id {i} twice" for i in set(self.ids) if self.ids.count(i) > 1]

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        names = [name for name, _ in attrs]
        self.mistakes += [f"<{tag}> has {n} twice" for n in set(names) if names.count(n) > 1]
        self.attributes += [(tag, *attribute) for attribute in attrs]
        self.addresses += [(tag, n, v) for n, v in attrs if n.split(":")[-1] in ADDRESSES]
        values = dict(attrs)
        self.ids += [values["id"]] if "id" in values else []
        if tag == "img" and not values.get("alt"):
            self.mistakes.append("a picture without words")
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.table = self.tables.setdefault(values.get("id"), [])
        elif tag == "tr":
            self.table.append([])
        elif tag in ("td", "th"):
            self.table[-1].append("")

    def handle_startendtag(self, tag, attrs):
        if tag not in DRAWN:
            self.mistakes.append(f"<{tag}/>")
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.mistakes.append(f"</{tag}> closes another element, line {self.getpos()[0]}")
        if tag == "table":
            self.table = None

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.styles.append(data)
            return
        self.texts.append(data)
        if self.table and self.table[-1] and self.open[-1] not in ("tr", "tbody", "thead", "table"):
            self.table[-1][-1] = " ".join(f"{self.table[-1][-1]} {data}".split())

    @property
    def text(self):
        """All text with single spaces."""
        return " ".join(" ".join(self.texts).split())

    def outside(self):
        """Whatever would make a browser ask for something beyond the page itself."""
        found = [
            f"{tag} {name}={value[:60]}"
            for tag, name, value in self.addresses
            if not value.startswith("data:") and not (name == "href" and value.startswith("#"))
        ]
        values = [v or "" for _, n, v in self.attributes if not (v or "").startswith("data:")]
        for text in [*values, *self.styles]:
            found += re.findall(r"url\(|https?:|//\w|@import|image-set\(", text)
        active = {"script", "iframe", "object", "embed", "base", "form", "video"}
        found += [name for name in self.elements if name in active]
        return found + [n for _, n, _ in self.attributes if n.startswith("on")]

"""Parse a page of a report as a browser does."""

from functools import cache
from html.parser import HTMLParser

from training.report.page import page
from training.report.parts import parts
from training.report.words import Words

HOSTILE = "<script>alert('x')</script> $x_{1} & “quoted”"
"""A name that would break a page or a plot if it were not escaped."""

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Read(HTMLParser):
    """A page's tags, ids, links and texts; `codes` are texts that are not translated."""

    def __init__(self, page):
        super().__init__()
        self.ids, self.links, self.tags, self.texts, self.codes, self.headings = [], [], [], [], [], []
        self.open = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append(tag)
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values[name] for name in ("href", "xlink:href", "src", "action") if name in values]
        if tag not in VOID:
            self.open.append((tag, "code" in (values.get("class") or "").split()))

    def handle_startendtag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append(tag)
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values[name] for name in ("href", "xlink:href", "src") if name in values]

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop()[0] == tag, f"</{tag}> closes something else"

    def handle_data(self, text):
        inside = [tag for tag, _ in self.open]
        if not text.strip() or "style" in inside:
            return
        (self.codes if any(code for _, code in self.open) else self.texts).append(text.strip())
        if inside[-1] == "h2":
            self.headings.append(text.strip())


@cache
def paged(report, lang="en"):
    """The page of an input, built once because it draws a dozen plots."""
    words = Words(lang)
    return page(report, parts(report, words), words)


@cache
def read(report, lang="en"):
    """The parsed page of an input."""
    return Read(paged(report, lang))

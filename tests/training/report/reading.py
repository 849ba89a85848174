"""Reading a page of a report as a browser does."""

from functools import cache
from html.parser import HTMLParser

from training.report.page import page
from training.report.parts import parts
from training.report.words import Words

HOSTILE = "<script>alert('x')</script> $x_{1} & “quoted”"
"""A name that means harm to a page, and to a plot."""

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Read(HTMLParser):
    """A page's tags, ids, attributes that lead somewhere, and texts; `codes` are texts that nobody translates."""

    def __init__(self, page):
        super().__init__()
        self.ids, self.leads, self.tags, self.texts, self.codes, self.headings = [], [], [], [], [], []
        self.open = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        self.tags.append(tag)
        self.ids += [told["id"]] if "id" in told else []
        self.leads += [told[name] for name in ("href", "xlink:href", "src", "action") if name in told]
        if tag not in VOID:
            self.open.append((tag, "code" in (told.get("class") or "").split()))

    def handle_startendtag(self, tag, attributes):
        told = dict(attributes)
        self.tags.append(tag)
        self.ids += [told["id"]] if "id" in told else []
        self.leads += [told[name] for name in ("href", "xlink:href", "src") if name in told]

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
def paged(told, lang="en"):
    """The page of what is told, made once: a dozen plots are drawn for it."""
    words = Words(lang)
    return page(told, parts(told, words), words)


@cache
def read(told, lang="en"):
    """The same, read."""
    return Read(paged(told, lang))

"""The page: a report's parts as one self-contained HTML document without scripts and external addresses."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from training.numbers import TAG, short
from training.report.blocks import Part
from training.report.report_input import ReportInput
from training.report.words import Words

HERE = Path(__file__).parent


def page(report: ReportInput, parts: Sequence[Part], words: Words) -> str:
    """The HTML document; the table of contents follows the first part, which is the summary."""
    spec = report.spec
    template = _environment().get_template("page.j2")
    document = template.render(
        tag=TAG[words.lang],
        title=words("page.title"),
        name=spec.name,
        lead=words("page.lead", outcome=spec.outcome, digest=short(report.digest)),
        synthetic=words("page.synthetic") if spec.data["synthetic"] else "",
        contents=words("page.contents"),
        notice=words("page.notice"),
        css=Markup(_css(words("page.foot", name=spec.name))),  # noqa: S704  the style sheet is part of this package
        parts=parts,
    )
    return document.lstrip() + "\n"


def _css(foot: str) -> str:
    """The style sheet; `foot` is the footer of every printed page and holds no character that ends a CSS string."""
    sheet = (HERE / "page.css").read_text(encoding="utf-8")
    assert not set(foot) & set('"\\<>\n'), "a scorecard's name is lower-case words"
    return sheet.replace("var(--foot)", f'"{foot}"')


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["kind"] = lambda block: type(block).__name__.lower()
    # matplotlib drew it, and escapes the text that it writes.
    environment.filters["drawing"] = lambda svg: Markup(svg)  # noqa: S704
    return environment

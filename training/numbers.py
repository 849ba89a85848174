"""Numbers: the format of every figure in cards and reports, and the text for a missing figure."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal, get_args

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = get_args(Lang)
TAG: Mapping[Lang, str] = {"en": "en", "zh": "zh-CN"}  # `lang` of the page, which selects the forms of Han characters
NOT_EVALUABLE: Mapping[Lang, str] = {"en": "not evaluable", "zh": "无法评估"}
P_SMALL = 0.001
SIGNIFICANT = 4  # digits of a column's value
FAR = 1e6  # larger values are written in millions, or in 万 and 亿

FORMS: Mapping[str, Callable[[float], str]] = {
    "count": lambda x: f"{x:,.0f}",
    "share": lambda x: f"{x:.1%}",
    "pd": lambda x: f"{x:.2%}",
    "change": lambda x: f"{100 * x:+.1f}",  # percentage points
    "+pd": lambda x: f"{x:+.2%}",
    "one": lambda x: f"{x:,.1f}",
    "two": lambda x: f"{x:,.2f}",
    "three": lambda x: f"{x:.3f}",
    "five": lambda x: f"{x:.5f}",
    "+two": lambda x: f"{x:+.2f}",
    "+one": lambda x: f"{x:+.1f}",
    "+three": lambda x: f"{x:+.3f}",
    "+five": lambda x: f"{x:+.5f}",
    "p": lambda x: f"{x:.3f}" if x >= P_SMALL else f"< {P_SMALL}",
    "power": lambda x: f"{x:.0%}",
    "tiny": lambda x: f"{x:.0e}",
    "value": lambda x: _value(x),
}
"""Formats of figures by name."""


def figure(value: Any, form: str, lang: Lang) -> str:
    """A figure in one of the `FORMS`, with a true minus sign; `NOT_EVALUABLE` if it is null or not finite."""
    if value is None or not math.isfinite(value):
        return NOT_EVALUABLE[lang]
    text = FORMS[form](float(value))
    if not re.search(r"[1-9]", text):
        text = text.lstrip("-")  # a figure that rounds to 0 has no sign
    return text.replace("-", "−")


def between(interval: Mapping[str, Any], form: str, lang: Lang) -> str:
    """The two ends of an interval (`low`, `high`); `NOT_EVALUABLE` if one is missing."""
    low, high = (figure(interval[end], form, lang) for end in ("low", "high"))
    if NOT_EVALUABLE[lang] in (low, high):
        return NOT_EVALUABLE[lang]
    signed = any(end[0] in "+−" for end in (low, high))
    if signed:
        return f"{low} to {high}" if lang == "en" else f"{low}至{high}"
    return f"{low}–{high}"


def day(value: date | str, lang: Lang) -> str:
    """A calendar day."""
    when = date.fromisoformat(value) if isinstance(value, str) else value
    return when.isoformat() if lang == "zh" else f"{when.day} {when:%b} {when.year}"


def large(value: float | None, lang: Lang) -> str:
    """A column's value, short enough for an axis or a cell: large values in millions, or in 万 and 亿."""
    if value is None or not math.isfinite(value) or abs(value) < FAR:
        return figure(value, "value", lang)
    units = ((1e9, "bn"), (1e6, "m")) if lang == "en" else ((1e8, "亿"), (1e4, "万"))
    size, name = next((s, n) for s, n in units if abs(value) >= s)
    return figure(value / size, "value", lang) + name


def tidied(text: str) -> str:
    """A sentence from the validation in the report's typography: true minus signs, ranges and percentages closed."""
    text = re.sub(r"(?<![A-Za-z0-9_.])-(?=\d)", "−", text)
    text = re.sub(r"(?<=\d%)? – (?=[\d])", "–", text)
    return text.replace(" %", "%")


def short(digest: str) -> str:
    """The first digits of a digest."""
    return digest.removeprefix("sha256:")[:12]


def _value(x: float) -> str:
    """A value with `SIGNIFICANT` digits, without an exponent and without trailing zeros."""
    if x == 0:
        return "0"
    digits = max(0, SIGNIFICANT - 1 - math.floor(math.log10(abs(x))))
    text = f"{x:,.{min(digits, 6)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

"""The reference pages of the features, generated from the declarations: `make docs`."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from features.declarations.catalogue import COLUMNS, FAMILIES, FEATURES, of_family
from features.declarations.feature import OWN, Example, Family, Feature, Text

Language = Literal["en", "zh"]
PAGES: Mapping[Language, Path] = {"en": Path("docs/features.md"), "zh": Path("docs/features.zh-CN.md")}

_WORDS: Mapping[str, Text] = {
    "title": Text("特征参考", "Features"),
    "code": Text("代码", "code"),
    "columns": Text("列", "columns"),
    "meaning": Text("含义", "meaning"),
    "windows": Text("窗口", "windows"),
    "unit": Text("单位", "unit"),
    "risk": Text("风险方向", "risk as it rises"),
    "says": Text("原因语句(不利 / 有利)", "reason (adverse / favourable)"),
    "example": Text("算例", "example"),
    "count": Text("个数", "count"),
    "ratio": Text("比率", "ratio"),
    "money": Text("金额", "money"),
    "days": Text("天", "days"),
    "number": Text("数值", "number"),
    "flag": Text("0/1", "0/1"),
    "rises": Text("升", "rises"),
    "falls": Text("降", "falls"),
    "unsigned": Text("不定", "not fixed"),
    "lifetime": Text("全部历史", "lifetime"),
    OWN: Text("公式自定", "its own"),
    "days_back": Text("{} 天", "{} days"),
    "nothing": Text("空值", "null"),
    "no_row": Text("没有记录", "no row"),
    "tables": Text("读取的表", "Tables read"),
    "missing_data": Text("数据缺失的原因码为 {code}", "Reason code for missing data: {code}"),
}

_INTRODUCTION = Text(
    "由声明自动生成(`make docs`),请勿手改。{features} 项声明,{columns} 列,{families} 个类别。\n\n"
    "窗口为半开区间:`as_of − 窗口 ≤ 日期 < as_of`。“一般水平”指建模样本的中位数。"
    "表中有更早记录而窗口内为空时计数为 0;该表没有任何可见记录时为空值。"
    "采购人验收或付款的快慢不进入任何特征。算例中的 `as_of` 为 {as_of}。",
    "Generated from the declarations (`make docs`); do not edit. {features} declarations,"
    " {columns} columns, {families} families.\n\n"
    "A window is half-open: `as_of − window ≤ date < as_of`. *Usual* means the median of the development sample."
    " A count over an empty window is 0 where the supplier has earlier rows in the table, and null where it has none."
    " How slowly a buyer accepts or pays enters no feature. The examples use `as_of` = {as_of}.",
)
_HEADINGS = ("code", "columns", "meaning", "windows", "unit", "risk", "says", "example")


def page(language: Language) -> str:
    """Return the reference in one language, as Markdown."""
    introduction = _in(_INTRODUCTION, language).format(
        features=len(FEATURES), columns=len(COLUMNS), families=len(FAMILIES), as_of=Example({}, None).as_of
    )
    sections = [_section(family, language) for family in FAMILIES.values()]
    return "\n\n".join([f"# {_word('title', language)}", introduction, *sections]) + "\n"


def _section(family: Family, language: Language) -> str:
    rows = table(of_family(family.letter), _HEADINGS, language)
    tables = ", ".join(f"`{t}`" for t in family.tables) or "–"
    missing_data = _word("missing_data", language).format(code=f"`{family.null_code}`")
    sentences = f"{_in(family.null_adverse, language)} / {_in(family.null_favourable, language)}"
    heading = f"## {family.letter} {_in(family.label, language)}"
    about = f"{_word('tables', language)}: {tables}. {missing_data}: {sentences}"
    return "\n".join([heading, "", about, "", *rows])


def table(features: Iterable[Feature], headings: Sequence[str], language: Language) -> list[str]:
    """Return the lines of a Markdown table with one row per declaration."""
    heads = " | ".join(_word(h, language) for h in headings)
    return [f"| {heads} |", "|" + " --- |" * len(headings), *(_row(f, headings, language) for f in features)]


def _row(feature: Feature, headings: Sequence[str], language: Language) -> str:
    cells = {
        "code": feature.code,
        "columns": "<br>".join(f"`{c.name}`" for c in feature.columns),
        "meaning": f"**{_in(feature.label, language)}**<br>{feature.doc}",
        "windows": ", ".join(_window(w, language) for w in feature.window),
        "unit": _word(feature.unit.value, language),
        "risk": _word(feature.risk.value, language),
        "says": "<br>".join(_in(text, language) for text in (feature.adverse, feature.favourable) if text),
        "example": _example(feature.example, language) if feature.example else "",
    }
    return "| " + " | ".join(" ".join(cells[h].replace("|", "\\|").split()) for h in headings) + " |"


def _window(window: Any, language: Language) -> str:
    if isinstance(window, int):
        return _word("days_back", language).format(window)
    return _word(window or "lifetime", language)


def _example(example: Example, language: Language) -> str:
    tables = [*(_rows(rows, f"{name}.") for name, rows in example.others.items()), _rows(example.rows, "")]
    value = _word("nothing", language) if example.value is None else f"{example.value:.6g}"
    return ("; ".join(t for t in tables if t) or _word("no_row", language)) + f" → **{value}**"


def _rows(rows: Mapping[str, Any], prefix: str) -> str:
    cells = ((name, v if isinstance(v, list) else [v]) for name, v in rows.items())
    return "; ".join(f"{prefix}{name}: {', '.join(_cell(v) for v in values)}" for name, values in cells)


def _cell(value: Any) -> str:
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _word(key: str, language: Language) -> str:
    return _in(_WORDS[key], language)


def _in(text: Text, language: Language) -> str:
    return text.zh if language == "zh" else text.en


def stale(root: Path) -> list[Path]:
    """Return the pages under `root` that differ from the declarations."""
    files = {root / file: page(language) for language, file in PAGES.items()}
    return [file for file, text in files.items() if not file.is_file() or file.read_text(encoding="utf-8") != text]

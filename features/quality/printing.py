"""The quality report as lines of text and as a page, in English and Chinese."""

import html
from collections.abc import Iterator, Mapping
from typing import Any

from features.declarations.feature import Text
from features.quality.codes import CODES, code_words

WORDS: Mapping[str, Text] = {
    "title": Text("数据质量报告", "Quality report"),
    "facts": Text("数据摘要 {}", "facts {}"),
    "findings": Text("发现", "Findings"),
    "none": Text("未发现可疑数据。", "Nothing looks wrong."),
    "code": Text("代码", "Code"),
    "what": Text("含义", "What was found"),
    "table": Text("数据表", "Table"),
    "column": Text("列", "Column"),
    "rows": Text("行数", "Rows"),
    "share": Text("占比", "Share"),
    "suppliers": Text("供应商数", "Suppliers"),
    "action": Text("处理", "Action"),
    "places": Text("位置", "First places"),
    "kept": Text("保留", "kept"),
    "repaired": Text("已修正", "repaired"),
    "excluded": Text("已排除", "excluded"),
    "depth": Text("供应商的合同数", "Suppliers by number of contracts"),
    "contracts": Text("合同数", "Contracts"),
    "more": Text("及以上", "or more"),
    "rules": Text("规则", "Rules of import.toml"),
    "reason": Text("理由", "Reason"),
    "sources": Text("来源登记", "Register of sources"),
    "publisher": Text("发布方", "Publisher"),
    "authorisation": Text("授权依据", "Authorisation"),
    "period": Text("授权期限", "Period"),
    "latest": Text("最新数据", "Newest fact"),
    "fresh": Text("时效(天)", "Fresh for (days)"),
    "line": Text("第 {} 行", "line {}"),
    "row": Text("第 {} 行", "row {}"),
    "of_source": Text("来源 {}", "source {}"),
}

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1b1b1b}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{border-bottom:1px solid #ddd;padding:.4rem .6rem;"
    "text-align:left;vertical-align:top}td.n{text-align:right;font-variant-numeric:tabular-nums}small{color:#555}"
)


def word(name: str, lang: str) -> str:
    """Return one word of the report."""
    return str(getattr(WORDS[name], lang))


def short_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield one line per suspicion in stored rows, for the summary of an import."""
    for finding in document["findings"]:
        if finding["of"] == "facts" and finding["code"] != "NEVER_FILLED":
            yield f"suspicion {_line(finding, 'en')}"


def lines(document: Mapping[str, Any], *, lang: str = "en") -> Iterator[str]:
    """Yield the report as lines of plain text."""
    yield f"{word('title', lang)}  {word('facts', lang).format(document['facts'][:19])}"
    if not document["findings"]:
        yield word("none", lang)
    for finding in document["findings"]:
        yield _line(finding, lang)
        known = CODES.get(finding["code"])
        if known:
            yield f"    {getattr(known.advice, lang)}"
    yield ""
    yield word("depth", lang)
    for step in document["depth"]:
        yield f"  {_step(step, lang):<12}{step['suppliers']:>10,}  {_share(step['share'])}"
    for rule in document.get("rules", ()):
        yield f"{rule['code']} {word(rule['action'], lang)}: {rule['reason']}"
    for source in document.get("sources", ()):
        yield f"{word('sources', lang)}: " + ", ".join(_source_cells(source))


def page(document: Mapping[str, Any], *, lang: str) -> str:
    """Return the report as one HTML page without scripts or further files."""
    head = ["code", "what", "table", "column", "rows", "share", "suppliers", "action", "places"]
    body = [
        f"<h1>{word('title', lang)}</h1><p><small>{word('facts', lang).format(document['facts'])}</small></p>",
        f"<h2>{word('findings', lang)}</h2>",
        _table(head, [_cells(f, lang) for f in document["findings"]], lang)
        if document["findings"]
        else f"<p>{word('none', lang)}</p>",
        f"<h2>{word('depth', lang)}</h2>",
        _table(
            ["contracts", "suppliers", "share"],
            [[_step(s, lang), f"{s['suppliers']:,}", _share(s["share"])] for s in document["depth"]],
            lang,
        ),
    ]
    if document.get("rules"):
        rows = [[r["code"], word(r["action"], lang), r["reason"]] for r in document["rules"]]
        body += [f"<h2>{word('rules', lang)}</h2>", _table(["code", "action", "reason"], rows, lang)]
    if document.get("sources"):
        head = ["sources", "publisher", "authorisation", "period", "fresh", "latest"]
        rows = [_source_cells(source) for source in document["sources"]]
        body += [f"<h2>{word('sources', lang)}</h2>", _table(head, rows, lang)]
    tongue = {"en": "en", "zh": "zh-CN"}[lang]
    return (
        f'<!doctype html><html lang="{tongue}"><head><meta charset="utf-8"><title>{word("title", lang)}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def _line(finding: Mapping[str, Any], lang: str) -> str:
    label = getattr(code_words(finding["code"], finding.get("note")), lang)
    about = ".".join(filter(None, (finding["table"], finding.get("column"))))
    if finding.get("source"):
        about += f", {word('of_source', lang).format(finding['source'])}"
    counted = f"{finding['count']:,} {word('rows', lang).lower()}"
    if finding.get("share") is not None:
        counted += f" ({_share(finding['share'])})"
    if finding.get("suppliers") is not None:
        counted += f", {finding['suppliers']:,} {word('suppliers', lang).lower()}"
    places = "; ".join(_place(place, lang) for place in finding["places"])
    tail = f": {places}" if places else ""
    return f"{finding['code']} {label}: {about} {counted}, {word(finding['action'], lang)}{tail}"


def _cells(finding: Mapping[str, Any], lang: str) -> list[str]:
    known = CODES.get(finding["code"])
    what = getattr(code_words(finding["code"], finding.get("note")), lang)
    if known:
        what += f" · {getattr(known.advice, lang)}"
    column = finding.get("column") or ""
    if finding.get("source"):
        column += f" ({word('of_source', lang).format(finding['source'])})"
    suppliers = finding.get("suppliers")
    return [
        finding["code"],
        what,
        finding["table"],
        column,
        f"{finding['count']:,}",
        _share(finding.get("share")),
        f"{suppliers:,}" if suppliers is not None else "",
        word(finding["action"], lang),
        "; ".join(_place(place, lang) for place in finding["places"]),
    ]


def _table(head: list[str], rows: list[list[str]], lang: str) -> str:
    heads = "".join(f"<th>{html.escape(word(name, lang))}</th>" for name in head)
    body = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: str) -> str:
    number = text.replace(",", "").replace(".", "").replace("%", "").strip().isdigit()
    return f'<td class="n">{text}</td>' if number else f"<td>{html.escape(text)}</td>"


def _place(place: Mapping[str, Any], lang: str) -> str:
    for unit in ("line", "row"):
        if unit in place:
            return f"{place['file']} {word(unit, lang).format(place[unit])}"
    return f"{place['file']} {place.get('pointer', '')}".strip()


def _step(step: Mapping[str, Any], lang: str) -> str:
    low, high = step["contracts_from"], step["contracts_to"]
    if high is None:
        return f"{low} {word('more', lang)}"
    return str(low) if low == high else f"{low}–{high}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _source_cells(source: Mapping[str, Any]) -> list[str]:
    until = source["authorised_until"] or "…"
    days = source["freshness_days"]
    return [
        source["name"] or "-",
        source["publisher"],
        source["authorisation"],
        f"{source['authorised_from']} – {until}",
        str(days) if days else "",
        (source.get("latest_known_at") or "")[:10],
    ]

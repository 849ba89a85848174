"""A score as a person reads it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

WORDS = {
    "en": {
        "points": "points",
        "grade": "grade",
        "pd": "PD",
        "base": "starting from",
        "other": "everything else",
        "sum": "points",
        "basis": "basis",
        "yes": "yes",
        "no": "no",
        "days": "days",
        "window": "last {} days",
        "asked": "for",
        "codes": "because",
        "limited": "limited",
        "gates": "failed gates",
        "outcome": "{} by {}",
        "facts": "with facts sent",
        "suspicions": "suspicions",
    },
    "zh": {
        "points": "分",
        "grade": "信用等级",
        "pd": "违约概率",
        "base": "基准分",
        "other": "其余因素合计",
        "sum": "信用分",
        "basis": "评分依据",
        "yes": "是",
        "no": "否",
        "days": "天",
        "window": "近{}天",
        "asked": "用途",
        "codes": "原因",
        "limited": "有限",
        "gates": "未通过的检查",
        "outcome": "{}，观察至 {}",
        "facts": "计入随请求提交的事实",
        "suspicions": "可疑数据",
    },
}


def lines(answer: Mapping[str, Any], *, lang: str = "en", currency: str = "CNY") -> Iterator[str]:
    """Yield the lines of an answer of `POST /v1/scores`, in Chinese or English."""
    words = WORDS[lang]
    block = answer.get("supplier", {})
    yield f"{block.get('supplier_id', '')}  {words['asked']} {answer['purpose']}  as_of {answer['as_of']}"
    yield f"  status: {answer['status']}" + _codes(answer, words)
    if "facts" in answer:
        rows = ", ".join(f"{name} {count}" for name, count in answer["facts"]["rows"].items())
        yield f"  {words['facts']}: {rows}  {answer['facts']['digest'][:19]}…"
    if suspicions := block.get("data_depth", {}).get("suspicions"):
        yield f"  {words['suspicions']}: {'; '.join(suspicion(code, lang) for code in suspicions)}"
    if "points" in block:
        yield _headline(block, words)
        yield from _reasons(block, lang=lang, currency=currency)
    if "scorecard" in answer:
        scorecard = answer["scorecard"]
        yield f"  {answer['score_id']}  {scorecard['name']} {scorecard['version']}  {scorecard['digest'][:19]}…"


def _codes(answer: Mapping[str, Any], words: Mapping[str, str]) -> str:
    codes = answer.get("codes") or answer.get("supplier", {}).get("codes")
    return f"  {words['codes']} {', '.join(codes)}" if codes else ""


def _headline(block: Mapping[str, Any], words: Mapping[str, str]) -> str:
    within = words["outcome"].format(block["outcome"], horizon(block["horizon"], words is WORDS["zh"]))
    gates = ", ".join(block.get("failed_gates", ()))
    return (
        f"  {block['points']} {words['points']}   {words['grade']} {block['grade']['code']}   "
        f"{words['pd']} {percent(block['pd'])}   ({within})   {words['basis']}: {block['basis']}"
        + (f"   {words['gates']}: {gates}" if gates else "")
    )


def _reasons(block: Mapping[str, Any], *, lang: str, currency: str) -> Iterator[str]:
    words, reasons = WORDS[lang], block["reasons"]
    yield f"  {reasons['base_points']:>8.1f}        {words['base']}"
    for reason in (*reasons["adverse"], *reasons["favourable"]):
        yield f"  {reason['points']:>+8.1f}  {reason['code']}  {reason['text'][lang]}"
        for name, value in reason["evidence"].items():
            yield f"  {'':>8}        {evidence(name, value, lang=lang, currency=currency)}"
    yield f"  {reasons['other_points']:>+8.1f}        {words['other']}"
    for other in reasons.get("other", ()):
        yield f"  {'':>8}        {other['label'][lang]}: {other['points']:+.1f}"
    yield f"  {block['points']:>8.1f}        {words['sum']}"


def evidence(name: str, value: float | None, *, lang: str, currency: str) -> str:
    """Return a column's value under its label, in its own unit."""
    from features.declarations.catalogue import column

    words = WORDS[lang]
    try:
        declared = column(name)
    except KeyError:
        return f"{name}: {value}"
    label = getattr(declared.feature.label, lang)
    if declared.window_days is not None:
        window = words["window"].format(declared.window_days)
        label = f"{window}{label}" if lang == "zh" else f"{label}, {window}"
    return f"{label}: {shown(value, declared.feature.unit.value, lang=lang, currency=currency)}"


def shown(value: float | None, unit: str, *, lang: str, currency: str) -> str:
    """Return a value in its unit; an unknown value is a dash, never zero."""
    words = WORDS[lang]
    if value is None:
        return "–"
    if unit == "flag":
        return words["yes"] if value else words["no"]
    if unit == "ratio":
        return percent(value)
    if unit == "money":
        return f"{currency} {value:,.2f}"
    if unit == "count":
        return f"{value:,.0f}"
    number = f"{value:,.1f}" if unit == "days" else f"{value:,.4g}"
    return f"{number} {words['days']}" if unit == "days" else number


def horizon(text: str, chinese: bool) -> str:
    """Return the end of an outcome's window, as an answer names it, in the language of the page."""
    if not chinese:
        return text
    match = _HORIZON.fullmatch(text)
    if match is None:
        return "按结果表的口径" if text == "as the outcomes table was drawn up" else text
    end = {"loan": "贷款", "contract": "合同"}[match["what"]]
    cap = f"，最多 {match['months']} 个月" if match["months"] else ""
    return f"{end}到期后 {match['days']} 天{cap}"


_HORIZON = re.compile(r"(?P<what>loan|contract) end \+ (?P<days>\d+) days?(, at most (?P<months>\d+) months)?")


def suspicion(code: str, lang: str) -> str:
    """Return a suspicion's code with its label."""
    from features.declarations.families.suspicions import SUSPICIONS, code_of

    label = next((feature.label for feature in SUSPICIONS if code_of(feature.name) == code), None)
    return f"{code} ({getattr(label, lang)})" if label else code


def percent(share: float) -> str:
    """Return a share in per cent, with two figures that mean something."""
    return f"{100 * share:.2f} %" if abs(share) < 0.1 else f"{100 * share:.1f} %"

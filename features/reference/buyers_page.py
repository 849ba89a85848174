"""The reference pages of buyers' profiles, generated from the declarations (`make docs`)."""

from collections.abc import Mapping
from pathlib import Path

from features.buyers.catalogue import BUYER_COLUMNS, BUYER_FEATURES, SECTIONS
from features.declarations.feature import Example, Text
from features.reference.features_page import Language, table

PAGES: Mapping[Language, Path] = {"en": Path("docs/buyers.md"), "zh": Path("docs/buyers.zh-CN.md")}

_TITLE = Text("采购人画像", "Buyers' profiles")
_INTRODUCTION = Text(
    "由声明自动生成(`make docs`),请勿手改。{features} 项声明,{columns} 列。"
    "`supplier-credit profile FACTS --buyers --out buyers.parquet` 按采购人写出。\n\n"
    "采购人画像供合同信息块使用,不进入任何供应商评分卡。可见性、窗口和精确计算与供应商画像相同;联合中标的合同只计一次。"
    "窗口为半开区间:`as_of − 窗口 ≤ 日期 < as_of`。该表没有任何可见记录时为空值,不为 0。\n\n"
    "**付款天数**只计 90 至 455 天前开具的发票:每张都已观察满 90 天,因此未付款的发票不会被漏掉;"
    "超过 90 天或未付的按 90 天计(截尾均值,P. Royston 与 M. Parmar,2013),旁列 90 天仍未付款的占比与发票数。"
    "区间为均值的 95% 学生 t 区间,均值 ∓ t·s/√n;t 用 Abramowitz 与 Stegun(1964)26.7.5 的展开式;"
    "不足五张发票时不给区间。区间假定各张发票相互独立;若一笔迟到的预算拖延多张发票,实际不确定性更大。\n\n"
    "**承诺**按工作日计:起始日之后一日起算,至完成之日止。节假日与调休取自 `chinesecalendar`(2004–2026 年),"
    "其余年份以周一至周五为工作日。已完成的,或即使此刻完成也已超期的,才计入比率;尚未到期的不计。"
    "只统计两端日期均有记录的合同;中标后从未签约的合同不在事实中,无从统计。\n\n"
    "算例中的 `as_of` 为 {as_of};采购人为 B。",
    "Generated from the declarations (`make docs`); do not edit. {features} declarations, {columns} columns."
    " `supplier-credit profile FACTS --buyers --out buyers.parquet` writes them, one row per buyer.\n\n"
    "A buyer's profile enters no supplier's scorecard. Visibility, windows and exact reductions are the same as in"
    " suppliers' profiles; a joint award counts once. A window is half-open:"
    " `as_of − window ≤ date < as_of`. Where the buyer has no visible row in a table, its columns are null, not 0."
    "\n\n"
    "**Days to payment** use invoices of 90 to 455 days ago. Each of them was observed for 90 days, so unpaid ones are"
    " not missed. More than 90 days, or unpaid, counts as 90 (a restricted mean: P. Royston and M. Parmar, 2013). Two"
    " more columns give the share unpaid after 90 days and the number of invoices. The interval is Student's, of the"
    " mean at 95 %, mean ∓ t·s/√n, with t from expansion 26.7.5 of Abramowitz and Stegun (1964); with fewer than five"
    " invoices there is none. It assumes independent invoices; where one late budget delays many invoices, the true"
    " uncertainty is larger.\n\n"
    "**Promises** are counted in working days, from the day after the start to the day of completion. Holidays and"
    " replacement working days come from `chinesecalendar` (2004 to 2026); in other years Monday to Friday are working"
    " days. A share includes what is completed and what would already be late if it were completed now; it does not"
    " include what may still be in time. Only contracts with both dates count: an award without a contract is not among"
    " the facts.\n\n"
    "The examples use `as_of` = {as_of}; the buyer is B.",
)
_HEADINGS = ("code", "columns", "meaning", "windows", "unit", "example")


def page(language: Language) -> str:
    """Return the reference in one language, as Markdown."""
    counts = {"features": len(BUYER_FEATURES), "columns": len(BUYER_COLUMNS), "as_of": Example({}, None).as_of}
    parts = [f"# {getattr(_TITLE, language)}", getattr(_INTRODUCTION, language).format(**counts)]
    for label, features in SECTIONS:
        parts.append("\n".join([f"## {getattr(label, language)}", "", *table(features, _HEADINGS, language)]))
    return "\n\n".join(parts) + "\n"

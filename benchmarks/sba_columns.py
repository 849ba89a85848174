"""The SBA's columns as a bank would declare them, and as it would if it believed the file: two specs of one file."""

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from sba_loans import Loan, write

SECTORS = tuple("11 21 22 23 31 32 33 42 44 45 48 49 51 52 53 54 55 56 61 62 71 72 81 92".split())  # noqa: SIM905
DIVISIONS = (  # of the census, from north-east to west
    *(("CT", "ME", "MA", "NH", "RI", "VT"), ("NJ", "NY", "PA"), ("IL", "IN", "MI", "OH", "WI")),
    *(("IA", "KS", "MN", "MO", "NE", "ND", "SD"), ("DE", "DC", "FL", "GA", "MD", "NC", "SC", "VA", "WV")),
    *(("AL", "KY", "MS", "TN"), ("AR", "LA", "OK", "TX"), ("AZ", "CO", "ID", "MT", "NV", "NM", "UT", "WY")),
    ("AK", "CA", "HI", "OR", "WA"),
)


@dataclass(frozen=True)
class Outside:
    """One column: how it is read from a loan, and what is declared of it.

    Attributes:
        zh, en: label.
        known: when an honest spec says that it was known; None where it leaves the column out.
        why: of a column that the honest spec leaves out or dates, why: zh and en.
    """

    name: str
    read: Callable[[Loan], object]
    unit: str
    zh: str
    en: str
    known: str | None = "as_of"
    why: tuple[str, str] = ("", "")
    order: tuple[object, ...] = ()


def flag(name: str, yes: str, no: str) -> Callable[[Loan], object]:
    """A cell that is 1 or 0 where it says the one or the other, and blank for anything else."""
    return lambda loan: {yes: 1, no: 0}.get(loan.cells.get(name, ""))


def cell(name: str) -> Callable[[Loan], object]:
    return lambda loan: loan.number(name)


def days_to(name: str) -> Callable[[Loan], object]:
    def read(loan: Loan) -> object:
        day = getattr(loan, name)
        return None if day is None else (day - loan.approved_on).days

    return read


def share(loan: Loan) -> object:
    whole, part = loan.number("GrAppv"), loan.number("SBA_Appv")
    return round(part / whole, 6) if whole and part is not None else None


def sector(loan: Loan) -> object:
    return loan.cells["NAICS"][:2] if loan.cells["NAICS"][:2] in SECTORS else None


def franchise(loan: Loan) -> object:
    code = loan.number("FranchiseCode")
    return None if code is None else int(code > 1)


AFTER = ("核销时才填写", "filled in when the loan was charged off")
LATE = ("放款时才知道，多在批准之后，因而读作空值", "known at disbursement, mostly after approval: reads as null")
YEAR = ("只有部分年份填写，等于在说年份", "filled in in some years only: it tells the year")
TERM = (
    "贷款结束时被改写：还清的多为整年，核销的几乎从不是",
    "rewritten when the loan ended: whole years for those paid in full, hardly ever for those charged off",
)
COLUMNS = (
    Outside("approved_amount", cell("GrAppv"), "money", "批准金额", "Amount approved"),
    Outside("guaranteed_amount", cell("SBA_Appv"), "money", "担保金额", "Amount guaranteed"),
    Outside("guaranteed_share", share, "ratio", "担保比例", "Share guaranteed"),
    Outside("employees", cell("NoEmp"), "count", "员工人数", "Employees"),
    Outside("new_business", flag("NewExist", "2", "1"), "flag", "新设企业", "New business"),
    Outside("franchise", franchise, "flag", "加盟企业", "Franchise"),
    Outside("revolving", flag("RevLineCr", "Y", "N"), "flag", "循环额度", "Revolving line of credit"),
    Outside("low_doc", flag("LowDoc", "Y", "N"), "flag", "简化材料贷款", "Loan with few documents"),
    Outside("sector", sector, "number", "行业门类", "Sector", order=SECTORS),
    Outside("division", lambda loan: loan.cells["State"], "number", "地区", "Census division", order=DIVISIONS),
    Outside("jobs_created", cell("CreateJob"), "count", "预计新增岗位", "Jobs to be created", None, YEAR),
    Outside("jobs_retained", cell("RetainedJob"), "count", "预计保留岗位", "Jobs to be retained", None, YEAR),
    Outside("urban", flag("UrbanRural", "1", "2"), "flag", "城市", "Urban", None, YEAR),
    Outside("disbursed_amount", cell("DisbursementGross"), "money", "放款金额", "Disbursed", "disbursed_on", LATE),
    Outside("days_to_disbursement", days_to("disbursed_on"), "days", "放款天数", "Days to it", "disbursed_on", LATE),
    Outside("charged_off_amount", cell("ChgOffPrinGr"), "money", "核销金额", "Amount charged off", None, AFTER),
    Outside("days_to_charge_off", days_to("charged_off_on"), "days", "核销天数", "Days to charge-off", None, AFTER),
    Outside("term_months", cell("Term"), "number", "期限（月）", "Term in months", None, TERM),
)
OF_TERM = ("由期限算出", "made from the term")
OF_CALIFORNIA = (
    Outside("default", cell("Default"), "flag", "违约", "Default", None, ("就是结果本身", "the outcome itself")),
    Outside("term_days", cell("daysterm"), "days", "期限（天）", "Term in days", None, OF_TERM),
    Outside("last_day", cell("xx"), "days", "到期日", "Day of the end", None, OF_TERM),
    Outside("real_estate", flag("RealEstate", "1", "0"), "flag", "不动产抵押", "Real estate", None, OF_TERM),
    Outside("recession", flag("Recession", "1", "0"), "flag", "经历衰退", "In the recession", None, OF_TERM),
)


def write_columns(path: Path, loans: Iterable[Loan], columns: tuple[Outside, ...]) -> None:
    """Write the outside file: one row a loan, the date that some columns were known on beside them."""
    header = ("case_id", "disbursed_on", *(c.name for c in columns))
    write(path, header, ([x.id, x.disbursed_on or "", *(_text(c.read(x)) for c in columns)] for x in loans))


def write_spec(path: Path, columns: tuple[Outside, ...], *, believed: Collection[str]) -> None:
    """Write the honest spec, but for the columns of which the file is believed: known at approval."""
    chosen = [(i, c) for i, c in enumerate(columns, start=1) if c.known or c.name in believed]
    tables = [_table(c, f"X{i:03}", "as_of" if c.name in believed else c.known) for i, c in chosen]
    path.write_text("\n".join(tables), encoding="utf-8")


def _table(column: Outside, code: str, known: str | None) -> str:
    lines = [
        f"[{column.name}]",
        f'code = "{code}"',
        f'label = {{ zh = "{column.zh}", en = "{column.en}" }}',
        f'unit = "{column.unit}"',
        'risk = "unsigned"',
        f'known = "{known}"',
    ]
    return "\n".join([*lines, *([f"order = {json.dumps(column.order)}"] if column.order else []), ""])


def _text(value: object) -> object:
    if value is None:
        return ""
    return int(value) if isinstance(value, float) and value.is_integer() else value

"""What each code looks for, as SQL over the current rows of one table."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from features.facts.sql import literal, quoted
from features.facts.stand_ins import looks_like_stand_in
from features.facts.tables import TABLES

ID_COLUMNS = {
    "suppliers": ("supplier_id",),
    "buyers": ("buyer_id",),
    "contracts": ("supplier_id", "buyer_id"),
    "bids": ("supplier_id",),
    "invoices": ("supplier_id", "counterparty_id"),
    "conduct": ("party_id",),
    "financings": ("supplier_id",),
}
"""Columns that name a party, by table."""

SIZE_BEYOND_TABLE, SIZE_BEYOND_OWN = 1_000, 100
"""An amount is far beyond the others above this many times the table's median and the supplier's largest other."""

ROWS_TO_COMPARE = 10
"""Fewest contracts for which an amount is compared with the table's others."""

YEARS_BEFORE = 30
DIGITS_KEPT = 15
"""Digits that a spreadsheet keeps of a number."""

_SEPARATOR = r"[0-9]{4,}[0-9A-Za-z-]*\s*(?:[;|,，；、/&]|\sand\s)\s*[0-9A-Za-z-]*[0-9]{4,}"


def _rounded(column: str) -> str:
    """SQL of ids that a spreadsheet rounded to 15 digits, or gave a decimal point."""
    zeros = f"regexp_full_match({column}, '[1-9][0-9]{{{DIGITS_KEPT - 1}}}0{{3,}}')"
    return f"({zeros} OR regexp_full_match({column}, '[0-9]+[.]0+'))"


ID_TESTS = {
    "STAND_IN_ID": looks_like_stand_in("id"),
    "SPREADSHEET_ID": _rounded("id"),
    "SEVERAL_IDS": f"regexp_matches(id, '{_SEPARATOR}')",
}
"""Tests of an id, SQL over `id`, by code."""


@dataclass(frozen=True)
class Detector:
    """One search.

    Attributes:
        column: the column that a finding names.
        test: SQL of a condition on a row of `current_<table>`; None for a code of `ID_TESTS`, or beside a query.
        query: SQL that returns `k` and `supplier_id` of the rows found; or None.
        needs: further tables that it reads.
    """

    code: str
    table: str
    column: str
    test: str | None = None
    query: str | None = None
    needs: tuple[str, ...] = ()


def searches(chosen: Iterable[Detector]) -> Iterator[str]:
    """Yield SQL of the rows found: code, table, column, `k`, `supplier_id`; all tests of a table are one statement."""
    of_rows: dict[str, list[Detector]] = defaultdict(list)
    of_ids: list[Detector] = []
    for detector in chosen:
        if detector.query:
            named = ", ".join(map(literal, (detector.code, detector.table, detector.column)))
            yield f"SELECT {named}, k, supplier_id FROM ({detector.query})"
        elif detector.code in ID_TESTS:
            of_ids.append(detector)
        else:
            of_rows[detector.table].append(detector)
    for table, tests in of_rows.items():
        # Few rows are found, and a list for every row of a large table would take twice as long as all tests.
        any_test = " OR ".join(f"({detector.test})" for detector in tests)
        hits = f"SELECT k, {_supplier(table)}, {_hits(tests)} AS hit FROM current_{table} WHERE {any_test}"
        yield f"SELECT hit.code, {literal(table)}, hit.col, k, supplier_id FROM ({hits}) WHERE hit IS NOT NULL"
    if of_ids:
        yield _odd_ids(of_ids)


def _odd_ids(chosen: Sequence[Detector]) -> str:
    """SQL of the rows with an id that any test finds: patterns are slow and ids repeat, so each id is tested once."""
    columns = dict.fromkeys((detector.table, detector.column) for detector in chosen)
    ids = " UNION ".join(f"SELECT {quoted(name)} AS id FROM current_{table}" for table, name in columns)
    tests = ", ".join(
        f"CASE WHEN {ID_TESTS[code]} THEN {literal(code)} END" for code in dict.fromkeys(d.code for d in chosen)
    )
    rows = " UNION ALL ".join(
        f"SELECT code, {literal(table)}, {literal(name)}, k, {_supplier(table)} FROM current_{table}"
        f" JOIN odd ON {quoted(name)} = id WHERE code IS NOT NULL"
        for table, name in columns
    )
    return f"WITH odd AS MATERIALIZED (SELECT id, unnest([{tests}]) AS code FROM ({ids})) {rows}"


def _supplier(table: str) -> str:
    return "supplier_id" if "supplier_id" in TABLES[table].names else "CAST(NULL AS VARCHAR) AS supplier_id"


def _hits(tests: Sequence[Detector]) -> str:
    """SQL of a row for each test that holds, with its code and column."""
    cases = (f"CASE WHEN {d.test} THEN {{'code': {literal(d.code)}, 'col': {literal(d.column)}}} END" for d in tests)
    return f"unnest([{', '.join(cases)}])"


def detectors() -> Iterator[Detector]:
    """Yield every search, in the order of the report."""
    for table, names in ID_COLUMNS.items():
        for name in names:
            yield from (Detector(code, table, name) for code in ID_TESTS)
    yield Detector("TWIN_IDS", "suppliers", "supplier_id", query=_TWINS)
    yield Detector("NAME_CHANGED", "suppliers", "name", "renamed_on IS NOT NULL")
    yield Detector("KIND_CHANGED", "suppliers", "kind", "kind_changed_on IS NOT NULL")
    yield Detector("NAME_SHARED", "suppliers", "name", "name_shared_on IS NOT NULL")
    yield from _of_contracts()
    yield from _of_dates()


def _of_contracts() -> Iterator[Detector]:
    yield Detector("BUYER_IS_SUPPLIER", "contracts", "buyer_id", "buyer_id = supplier_id")
    yield Detector("NEGATIVE_CONTRACT", "contracts", "amount", "amount < 0")
    yield Detector("STAND_IN_AMOUNT", "contracts", "amount", "amount IN (0, 0.01, 1)")
    yield Detector("AMOUNT_IS_ID", "contracts", "amount", _AMOUNT_IS_ID)
    yield Detector("AMOUNT_BEYOND_OTHERS", "contracts", "amount", query=_BEYOND)
    yield Detector("EQUAL_TWINS", "contracts", "amount", query=_EQUAL)
    yield Detector("FRAMEWORK", "contracts", "amount", query=_FRAMEWORK)
    yield Detector("CHANGE_IS_TOTAL", "amendments", "amount_change", query=_CHANGE, needs=("contracts",))


def _of_dates() -> Iterator[Detector]:
    for table, column, where in (
        ("contracts", "ends_on", "ends_on < coalesce(starts_on, signed_on)"),
        ("tenders", "awarded_on", "awarded_on < published_on"),
        ("financings", "ends_on", "ends_on < starts_on"),
        ("conduct", "expires_on", "expires_on < effective_on"),
    ):
        yield Detector("END_BEFORE_START", table, column, where)
    yield Detector("SIGNED_AFTER_PUBLISHED", "contracts", "signed_on", "signed_on > known_at")
    yield Detector("SIGNED_LONG_BEFORE", "contracts", "signed_on", query=_LONG_BEFORE)
    yield Detector("MET_BEFORE_SIGNED", "milestones", "met_on", query=_MET_BEFORE, needs=("contracts",))


def framework_rows(relation: str) -> str:
    """Return SQL of the rows of contracts (`contract_id`, `supplier_id`, `known_at`) that are a framework's ceiling.

    By such a row one tender gives several suppliers the same amount, none of them jointly, as known with the row.
    """
    agreement = "method = 'framework' AND kind = 'contract' AND tender_id IS NOT NULL"
    alone = "coalesce(members, 1) = 1 AND share IS NULL AND NOT retracted"
    names = "contract_id, supplier_id, known_at, tender_id, amount, currency"
    rows = f"SELECT {names} FROM {relation} WHERE {agreement} AND {alone}"
    # One contract that passes from one supplier to another is no framework.
    firsts = (
        "SELECT tender_id, amount, currency, supplier_id, min(contract_id) AS contract, min(known_at) AS first"
        f" FROM ({rows}) GROUP BY ALL"
    )
    second = f"SELECT tender_id, amount, currency, min(first, 2)[2] AS second FROM ({firsts}) GROUP BY ALL"
    several = "HAVING count(*) > 1 AND min(contract) < max(contract)"
    return (
        f"SELECT contract_id, supplier_id, known_at FROM ({rows}) JOIN ({second} {several})"
        " USING (tender_id, amount, currency) WHERE known_at >= second"
    )


_PLAIN = "ltrim(upper(regexp_replace(supplier_id, '[^0-9A-Za-z]', '', 'g')), '0')"
_TWINS = (
    f"SELECT k, supplier_id FROM (SELECT k, supplier_id, {_PLAIN} AS plain FROM current_suppliers) SEMI JOIN"
    f" (SELECT {_PLAIN} AS plain FROM current_suppliers GROUP BY 1"
    " HAVING length(plain) > 2 AND min(supplier_id) < max(supplier_id)) USING (plain)"
)
_WHOLE = "CAST(CAST(amount AS BIGINT) AS VARCHAR)"
_AMOUNT_IS_ID = (
    f"amount >= 100000 AND amount = CAST(amount AS BIGINT) AND (ends_with(contract_id, {_WHOLE})"
    f" OR supplier_id = {_WHOLE} OR buyer_id = {_WHOLE} OR tender_id = {_WHOLE})"
)
_BEYOND = (
    "WITH own AS (SELECT supplier_id, max(amount, 2)[1] AS first, max(amount, 2)[2] AS second FROM current_contracts"
    " WHERE amount > 0 GROUP BY 1), typical AS (SELECT currency, median(CAST(amount AS DOUBLE)) AS amount FROM"
    f" current_contracts WHERE amount > 0 GROUP BY 1 HAVING count(*) >= {ROWS_TO_COMPARE})"
    " SELECT k, c.supplier_id FROM current_contracts c JOIN typical t USING (currency) JOIN own o USING (supplier_id)"
    f" WHERE c.amount > {SIZE_BEYOND_TABLE} * t.amount AND c.amount > {SIZE_BEYOND_OWN} *"
    " coalesce(CASE WHEN c.amount = o.first THEN o.second ELSE o.first END, 0)"
)
_TWIN_KEY = "buyer_id, supplier_id, signed_on, amount, currency"
_EQUAL = (
    f"SELECT k, supplier_id FROM current_contracts SEMI JOIN (SELECT {_TWIN_KEY} FROM current_contracts"
    f" WHERE amount > 0 GROUP BY ALL HAVING min(contract_id) < max(contract_id)) USING ({_TWIN_KEY})"
)
_FRAMEWORK = (
    f"SELECT k, supplier_id FROM current_contracts SEMI JOIN ({framework_rows('current_contracts')})"
    " USING (contract_id, supplier_id, known_at)"
)
_CHANGE = (
    "SELECT a.k, a.supplier_id FROM current_amendments a JOIN current_contracts c ON a.contract_id = c.contract_id"
    " AND a.supplier_id = c.supplier_id WHERE a.amount_change = c.amount AND c.amount <> 0"
)
_MET_BEFORE = (
    "SELECT m.k, m.supplier_id FROM current_milestones m JOIN current_contracts c ON m.contract_id = c.contract_id"
    " AND m.supplier_id = c.supplier_id WHERE m.met_on < c.signed_on - INTERVAL 365 DAY"
)
# A gap of 30 years with fewer contracts before it than after it: those before it are dated wrongly.
_LONG_BEFORE = (
    "WITH days AS (SELECT coalesce(source, '') AS s, date_trunc('day', signed_on) AS day, count(*) AS n"
    " FROM current_contracts GROUP BY ALL), gaps AS (SELECT s, day, lead(day) OVER (PARTITION BY s ORDER BY day) AS"
    " following, sum(n) OVER (PARTITION BY s ORDER BY day) AS before, sum(n) OVER (PARTITION BY s) AS rows FROM days),"
    f" last AS (SELECT s, max(day) AS day FROM gaps WHERE following > day + INTERVAL {YEARS_BEFORE} YEAR"
    " AND before * 2 < rows GROUP BY s) SELECT k, supplier_id FROM current_contracts c JOIN last l"
    " ON coalesce(c.source, '') = l.s AND c.signed_on < l.day + INTERVAL 1 DAY"
)

"""SQL that turns the text of cells into typed values, and finds the bad ones; it runs over whole files at once."""

from collections.abc import Mapping

from features.facts.currencies import CURRENCIES
from features.facts.ids import PARTY_COLUMNS, normal_id_sql, spelling
from features.facts.sql import end_of_day, literal, quoted, utc_of_local
from features.facts.tables import CLOCKS, SQL_TYPE, Column, Kind, Table

ID_LENGTH_MAX = 128
BLANKS = " \t\r\n\u00a0\u3000"  # ignored around a cell
ALWAYS = "TIMESTAMP '0001-01-01'"  # known at any time
YEAR_MIN, YEAR_MAX = 1700, 2261  # beyond these nanosecond clocks (pandas) overflow

# An id as a spreadsheet shows a long number; what it stood for is lost.
_SCIENTIFIC = r"[0-9]([.,][0-9]+)?[eE][+][0-9]{1,3}|[0-9][.,][0-9]+[eE][0-9]{2,3}"
_FROM_SPREADSHEET = (
    "is a number in scientific notation, so a spreadsheet rounded it: export again with the column formatted as text"
)

_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_TIME = r"[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?"
_INSTANT = rf"\d{{4}}-\d{{2}}-\d{{2}}({_TIME})?"
_MIDNIGHT = r".{10}[T ]00:00(:00(\.0+)?)?"  # without an offset: read as the date

_ENDS = {"ends_on", "expires_on"}

# Error of a cell that has text but no value, by the kind of its column: kind and reason.
_BAD: Mapping[Kind, tuple[str, str]] = {
    Kind.ID: ("bad_id", f"is longer than {ID_LENGTH_MAX} characters or holds control characters"),
    Kind.TEXT: ("bad_text", "is no text"),
    Kind.ENUM: ("unknown_value", "is none of: "),
    Kind.INSTANT: ("bad_date", f"is no date of the years {YEAR_MIN} to {YEAR_MAX}"),
    Kind.MONEY: ("bad_number", "is no amount"),
    Kind.RATE: ("bad_number", "is no rate"),
    Kind.INTEGER: ("bad_number", "is no whole number"),
    Kind.FLAG: ("unknown_value", "is neither true nor false"),
    Kind.REAL: ("bad_number", "is no number"),
}

# Largest size of a value: a sum of as many squares as there are rows must fit 38 digits, and a misplaced decimal point
# in one row must not break the profiles of all suppliers.
SIZE_BELOW: Mapping[Kind, int] = {Kind.MONEY: 10**14, Kind.INTEGER: 10**9, Kind.REAL: 10**12}

# Conditions on typed values: (table or None for all, column, SQL that must be true, reason).
_LIMITS = (
    (None, "share", "share > 0 AND share <= 1", "must lie above 0 and not above 1"),
    (None, "members", "members >= 1", "must be 1 or more"),
    (None, "bidders", "bidders >= 1", "must be 1 or more"),
    (None, "severity", "severity BETWEEN 1 AND 5", "must be 1 to 5"),
    (None, "days_past_due", "days_past_due BETWEEN 0 AND 100000", "must be 0 to 100000"),
    ("financings", "rate", "abs(rate) < 10000", "must be below 10000 in size"),
    ("outcomes", "bad", "bad IN (0, 1)", "must be 0 or 1"),
    ("outcomes", "weight", "weight > 0", "must be above 0"),
    ("rates", "rate", "rate > 0", "must be above 0"),
)


def select_typed(
    table: Table, types: Mapping[str, str], relation: str, *, tz: str, carried: str, rounds: bool = False
) -> str:
    """Return SQL that types the cells of `relation`; `_why` has the error of a row, or null.

    `_dated` is true where the row has a `known_at` of its own, `_rounded` where an amount lost decimals;
    `_given_<column>` has the id of a party as it was given, where that is not its normal form.

    Args:
        table: the canonical table the rows belong to.
        types: SQL type of each column that the relation has; the others become null.
        relation: SQL of the relation to read.
        tz: the deployment's time zone; it must be the session's too.
        rounds: round amounts with more decimals than the table has, instead of calling them bad.
        carried: SQL of `_file`, `_line`, `_pointer` and `_bad` (an error known beforehand), each with its alias.
    """
    wanted = (*table.columns, *CLOCKS)
    here = [c for c in wanted if c.name in types]
    raw = ", ".join(f"{_raw(c, types[c.name])} AS r_{c.name}" for c in here)
    typed = ", ".join(
        f"{value(c, f'r_{c.name}', types[c.name], tz)} AS {quoted(c.name)}"
        if c.name in types
        else f"CAST(NULL AS {SQL_TYPE[c.kind]}) AS {quoted(c.name)}"
        for c in wanted
    )
    filled = {"known_at": f"coalesce(known_at, {first_known(table)})", "retracted": "coalesce(retracted, false)"}
    if table.name == "spine":
        filled["case_id"] = f"coalesce(case_id, {_default_case(tz)})"
    final = ", ".join(f"{filled.get(c.name, quoted(c.name))} AS {quoted(c.name)}" for c in wanted)
    return (
        f"SELECT {final}, known_at IS NOT NULL AS _dated{_given(here)}, {_rounded(here, types)} AS _rounded,"
        f" coalesce(_bad, {_why(table, here, types, rounds=rounds)}) AS _why, _file, _line, _pointer"
        f" FROM (SELECT *, {typed} FROM (SELECT {raw}, {carried} FROM {relation}))"
    )


def is_open_end(column: Column) -> bool:
    """Whether a date of the column after the last year stands for no end (`9999-12-31`)."""
    return column.name in _ENDS and not column.required


def beyond_years(column: Column) -> str:
    """Return SQL: whether a date lies after the last year that is read."""
    return f"{quoted(column.name)} > TIMESTAMP '{YEAR_MAX}-12-31'"


def first_known(table: Table) -> str:
    """Return SQL for `known_at` of a row that has none; null where it must be taken from the row's contract."""
    always = dict.fromkeys(("suppliers", "buyers", "calendar"), ALWAYS)
    named = {**always, "rates": '"on"', "outcomes": "matured_on", "spine": "as_of"}
    return named.get(table.name) or (quoted(table.event) if table.event else "CAST(NULL AS TIMESTAMP)")


def _default_case(tz: str) -> str:
    """Return SQL for `supplier_id@as_of`: the local day, with the time where it is not midnight."""
    local = f"timezone({literal(tz)}, timezone('UTC', as_of))"
    time = f"CASE WHEN {local} > date_trunc('day', {local}) THEN strftime({local}, 'T%H:%M:%S.%f') ELSE '' END"
    return f"supplier_id || '@' || strftime({local}, '%Y-%m-%d') || {time}"


def value(column: Column, cell: str, source: str, tz: str) -> str:
    """Return SQL for the typed value of a cell, null where it is bad."""
    if column.kind is Kind.INSTANT:
        return _instant(cell, source, tz, starts_day=column.name == "as_of")
    if column.name == "payee_account":
        return _hashed(cell)
    return _VALUE[column.kind](column, cell, source)


def _raw(column: Column, source: str) -> str:
    name = quoted(column.name)
    if source == "VARCHAR":
        return f"nullif(trim({name}, '{BLANKS}'), '')"
    if source in {"DOUBLE", "FLOAT"}:
        return f"CASE WHEN isnan({name}) THEN NULL ELSE {name} END"
    return name


def _instant(cell: str, source: str, tz: str, *, starts_day: bool) -> str:
    def day(of: str) -> str:
        return utc_of_local(f"try_cast({of} AS TIMESTAMP)", tz) if starts_day else end_of_day(of, tz)

    if source == "DATE":
        instant_sql = day(cell)
    elif source == "TIMESTAMP WITH TIME ZONE":
        instant_sql = f"timezone('UTC', {cell})"
    elif source.startswith("TIMESTAMP"):
        plain = f"try_cast({cell} AS TIMESTAMP)"
        instant_sql = (
            f"CASE WHEN {plain} = date_trunc('day', {plain}) THEN {day(plain)} ELSE {utc_of_local(plain, tz)} END"
        )
    elif source == "VARCHAR":
        instant_sql = (
            f"CASE WHEN NOT regexp_full_match({cell}, {literal(_INSTANT)}) THEN NULL"
            f" WHEN length({cell}) = 10 OR regexp_full_match({cell}, {literal(_MIDNIGHT)})"
            f" THEN {day(f'try_cast(substr({cell}, 1, 10) AS DATE)')}"
            f" ELSE timezone('UTC', try_cast({cell} AS TIMESTAMPTZ)) END"  # without an offset: the session's zone, `tz`
        )
    else:
        return "CAST(NULL AS TIMESTAMP)"
    return instant_sql


def _hashed(cell: str) -> str:
    """Hash an account number: HMAC-SHA256 with the deployment key, whose pads are session variables."""
    inner = f"unhex(sha256(getvariable('account_inner') || encode(CAST({cell} AS VARCHAR))))"
    return f"CASE WHEN {cell} IS NULL THEN NULL ELSE sha256(getvariable('account_outer') || {inner}) END"


def _text(column: Column, cell: str, source: str) -> str:
    return f"CAST({cell} AS VARCHAR)" if source != "VARCHAR" else cell


def _given(here: list[Column]) -> str:
    parties = [c.name for c in here if c.name in PARTY_COLUMNS]
    differs = "CAST(r_{0} AS VARCHAR) <> {1}"
    cells = (f"CASE WHEN {differs.format(n, quoted(n))} THEN CAST(r_{n} AS VARCHAR) END" for n in parties)
    return "".join(f", {sql} AS {spelling(name)}" for name, sql in zip(parties, cells, strict=True))


def _id(column: Column, cell: str, source: str) -> str:
    text = _text(column, cell, source)
    if column.name in PARTY_COLUMNS:
        text = f"nullif({normal_id_sql(text)}, '')"
    control = r"[\x00-\x1f\x7f]"
    return f"CASE WHEN length({text}) <= {ID_LENGTH_MAX} AND NOT regexp_matches({text}, '{control}') THEN {text} END"


def _enum(column: Column, cell: str, source: str) -> str:
    text = _text(column, cell, source)
    return f"CASE WHEN {text} IN ({', '.join(map(literal, column.values))}) THEN {text} END"


def _decimal(column: Column, cell: str, source: str) -> str:
    cast = f"try_cast({cell} AS {SQL_TYPE[column.kind]})"
    return f"CASE WHEN regexp_full_match({cell}, {literal(_NUMBER)}) THEN {cast} END" if source == "VARCHAR" else cast


def _integer(column: Column, cell: str, source: str) -> str:
    whole = f"try_cast({cell} AS DOUBLE) = try_cast({cell} AS BIGINT)"
    form = f"regexp_full_match({cell}, {literal(_NUMBER)}) AND " if source == "VARCHAR" else ""
    return f"CASE WHEN {form}{whole} THEN try_cast({cell} AS BIGINT) END"


def _flag(column: Column, cell: str, source: str) -> str:
    return f"try_cast({cell} AS BOOLEAN)"


def _real(column: Column, cell: str, source: str) -> str:
    number = f"try_cast({cell} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


_VALUE = {
    Kind.ID: _id,
    Kind.TEXT: _text,
    Kind.ENUM: _enum,
    Kind.MONEY: _decimal,
    Kind.RATE: _decimal,
    Kind.INTEGER: _integer,
    Kind.FLAG: _flag,
    Kind.REAL: _real,
}


def _loses_decimals(column: Column, source: str) -> str:
    """Return SQL that is true where an amount has more decimals than the table; binary fractions have their noise."""
    cell, typed = f"r_{column.name}", quoted(column.name)
    if source in {"DOUBLE", "FLOAT"}:
        return f"abs({cell} - round({cell}, 2)) > 1e-9 + abs({cell}) * 1e-14"
    if source == "VARCHAR" or source.startswith("DECIMAL"):
        return f"try_cast({cell} AS DECIMAL(38,15)) <> {typed}"
    return "false"


def _rounded(here: list[Column], types: Mapping[str, str]) -> str:
    tests = [_loses_decimals(c, types[c.name]) for c in here if c.kind is Kind.MONEY]
    return f"coalesce({' OR '.join(tests)}, false)" if tests else "false"


def _why(table: Table, here: list[Column], types: Mapping[str, str], *, rounds: bool) -> str:
    """Return SQL for `column<tab>kind<tab>reason` of the first error of a row, else null."""
    names = {c.name for c in here}
    whens = []
    for c in here:
        if c.kind is Kind.ID:
            rounded = f"regexp_full_match(CAST({quoted(c.name)} AS VARCHAR), {literal(_SCIENTIFIC)})"
            whens.append((rounded, c.name, "spreadsheet_id", _FROM_SPREADSHEET))
        kind, reason = _BAD[c.kind]
        reason += ", ".join(c.values)
        whens.append((f"r_{c.name} IS NOT NULL AND {quoted(c.name)} IS NULL", c.name, kind, reason))
        if c.kind is Kind.MONEY and not rounds:
            whens.append((_loses_decimals(c, types[c.name]), c.name, "too_many_decimals", "has more than 2 decimals"))
        if c.kind is Kind.INSTANT:
            outside = f"{quoted(c.name)} < TIMESTAMP '{YEAR_MIN}-01-01'"
            outside += "" if is_open_end(c) else f" OR {beyond_years(c)}"
            whens.append((outside, c.name, kind, reason))
        if size := SIZE_BELOW.get(c.kind):
            whens.append((f"abs({quoted(c.name)}) >= {size}", c.name, "out_of_range", f"must be below {size} in size"))
        if c.name == "currency":
            listed = ", ".join(map(literal, sorted(CURRENCIES)))
            whens.append((f"currency NOT IN ({listed})", c.name, "bad_currency", "is no ISO 4217 currency"))
    not_retracted = "retracted IS NOT TRUE"  # a retraction needs its key and its clock only
    for c in (c for c in table.columns if c.required):
        unless = "" if c.name in table.key else f" AND {not_retracted}"
        whens.append((f"{quoted(c.name)} IS NULL{unless}", c.name, "missing_value", "is required"))
    for of, name, holds, reason in _LIMITS:
        if name in names and of in {None, table.name}:
            whens.append((f"NOT ({holds})", name, "out_of_range", reason))
    if "end_state" in names:
        undated = "end_state IS NOT NULL AND ended_on IS NULL"
        whens.append((undated, "end_state", "end_without_date", "is given without ended_on"))
    cases = (f"WHEN {test} THEN {literal(chr(9).join(error))}" for test, *error in whens)
    return f"CASE {' '.join(cases)} END"

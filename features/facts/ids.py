"""The normal form of the ids of parties, and the unified social credit code (统一社会信用代码, GB 32100)."""

import re
import unicodedata
from typing import TYPE_CHECKING

from features.facts.sql import quoted

if TYPE_CHECKING:
    import duckdb

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
WEIGHTS = tuple(3**i % 31 for i in range(17))


def check_digit(code: str) -> str:
    """Return the 18th character that belongs to the first 17; ValueError outside the alphabet."""
    total = sum(weight * ALPHABET.index(char) for weight, char in zip(WEIGHTS, code[:17], strict=True))
    return ALPHABET[-total % 31]


def is_valid(code: str) -> bool:
    """Whether `code` is a well-formed unified social credit code."""
    try:
        return len(code) == 18 and check_digit(code) == code[17]
    except ValueError:
        return False


def check_digit_state(column: str) -> str:
    """Return SQL for the check digit state of an id: `valid`, `wrong` (18 characters that are no code), or `other`."""
    code = quoted(column)
    terms = " + ".join(
        f"{weight} * (strpos('{ALPHABET}', substr({code}, {i + 1}, 1)) - 1)" for i, weight in enumerate(WEIGHTS)
    )
    digit = f"substr('{ALPHABET}', CAST((31 - ({terms}) % 31) % 31 + 1 AS BIGINT), 1)"
    return (
        f"CASE WHEN NOT regexp_full_match({code}, '[0-9A-Z]{{18}}') THEN 'other'"
        f" WHEN regexp_full_match({code}, '[{ALPHABET}]{{18}}') AND {digit} = substr({code}, 18, 1) THEN 'valid'"
        " ELSE 'wrong' END"
    )


PARTY_COLUMNS = frozenset({"supplier_id", "buyer_id", "party_id", "counterparty_id"})
"""Columns that name a party, and are read in the normal form."""

_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\ufe00-\ufe0f\uffa0]")
_BREAKS = re.compile(r"[\s\-\u2010-\u2015\u2212]")
_CODE = re.compile(rf"[{ALPHABET}]{{2}}\d{{6}}[{ALPHABET}]{{10}}")
_LENGTH = 18


def normal_id(text: str) -> str:
    """Return the normal form of a party's id.

    Unicode's NFKC (so full-width digits become plain ones), without invisible characters and surrounding blanks. A
    unified social credit code is in capitals, and without dashes and blanks where its check digit is then right. Other
    ids keep their case: whether it matters, only their issuer knows.
    """
    visible, before = text, ""
    while visible != before:  # characters may combine once an invisible one between them is gone
        before = visible
        folded = unicodedata.normalize("NFKC", visible)
        shown = "".join(c for c in folded if unicodedata.category(c) != "Cf")
        visible = _INVISIBLE.sub("", shown).strip()
    joined = _BREAKS.sub("", visible).upper()
    if is_valid(joined):
        return joined
    return visible.upper() if _CODE.fullmatch(visible.upper()) else visible


def add_function(con: "duckdb.DuckDBPyConnection") -> None:
    """Give a DuckDB session the function `normal_id`, for `normal_id_sql`."""
    con.create_function("normal_id", normal_id, ["VARCHAR"], "VARCHAR")


def normal_id_sql(text: str) -> str:
    """Return SQL of the normal form of an id, for a session with `add_function`; Python is asked only where it must."""
    plain = f"regexp_full_match({text}, '[!-~]*')"
    as_code = f"length(replace({text}, '-', '')) = {_LENGTH} AND regexp_matches({text}, '[a-z-]')"
    return f"CASE WHEN {plain} AND NOT ({as_code}) THEN {text} ELSE normal_id({text}) END"


def spelling(column: str) -> str:
    """Return the name of the column that keeps an id as it was given, where that differs from its normal form."""
    return f"_given_{column}"


def spelled_variously(column: str, relation: str) -> str:
    """Return SQL of the ids in `column` of a relation that has `spelling(column)`, and are written in several ways."""
    given = f"coalesce({spelling(column)}, {quoted(column)})"
    return f"SELECT {quoted(column)} AS id FROM {relation} GROUP BY 1 HAVING min({given}) < max({given})"

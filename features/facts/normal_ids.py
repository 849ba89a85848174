"""One normal form of the ids of suppliers, buyers and other parties, for imports and requests."""

import re
import unicodedata
from typing import TYPE_CHECKING

from features.facts.ids import ALPHABET, is_valid
from features.facts.sql import quoted

if TYPE_CHECKING:
    import duckdb

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

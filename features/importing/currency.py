"""Amounts in the currency that the deployment reports in."""

from collections.abc import Mapping
from dataclasses import dataclass

from features.facts.sql import literal, local_day, quoted
from features.intake.intake import Intake


@dataclass(frozen=True)
class Amount:
    """Where a table's `value` comes from.

    Attributes:
        amount: the column to convert.
        on: SQL of the fact's own date, over the alias `b`; never later than what the row itself makes known.
        currency: SQL of its currency.
        part: SQL of the supplier's part in it, or None.
    """

    amount: str
    on: str
    currency: str = "b.currency"
    part: str | None = None


# A payment's own date is that of its invoice or of the payment, but never after the day the row was known: else the
# rate would tell a profile a date that is still hidden from it.
_PAID = "least(b.known_at, coalesce(b.invoiced_on, b.paid_on, b.known_at))"

AMOUNTS: Mapping[str, Amount] = {
    "suppliers": Amount("registered_capital", "b.founded_on"),
    "tenders": Amount("estimate", "b.published_on"),
    "bids": Amount("amount", "b.occurred_at"),
    "contracts": Amount("amount", "b.signed_on", part="b.part"),
    "amendments": Amount("amount_change", "b.occurred_at", currency="s.currency", part="s.part"),
    "payments": Amount("amount", _PAID, part="s.part"),
    "invoices": Amount("amount", "b.issued_on"),
    "financings": Amount("amount", "b.starts_on"),
    "repayments": Amount("remaining", "b.occurred_at"),
}


def list_rates(intake: Intake, *, present: bool) -> None:
    """Make `day_rates`: for a currency and the local day from which it holds, the latest rate known by then.

    A rate that became known after its own day converts only facts of the days after: else it would change a value that
    a profile has shown already.
    """
    own = local_day(chr(34) + "on" + chr(34), intake.tz)
    learned = local_day("known_at", intake.tz)
    first = (
        f'SELECT currency, {own} AS own, arg_min(rate, ("on", known_at)) AS rate, min({learned}) AS learned'
        " FROM base_rates WHERE NOT retracted GROUP BY ALL"
    )
    usable = f"SELECT *, CASE WHEN learned <= own THEN own ELSE learned + 1 END AS day FROM ({first})"
    latest = "arg_max(rate, own) OVER (PARTITION BY currency ORDER BY day)"
    chosen = f"SELECT DISTINCT currency, day, {latest} AS rate FROM ({usable})"
    empty = "SELECT NULL::VARCHAR AS currency, NULL::DATE AS day, NULL::DECIMAL(18,8) AS rate WHERE false"
    intake.con.execute(f"CREATE OR REPLACE TEMP TABLE day_rates AS {chosen if present else empty}")


def value(table: str, *, currency: str, tz: str, rates: bool) -> tuple[str, str]:
    """Return SQL of a row's `value` in the reporting currency, and the join that it needs (none without `rates`)."""
    it = AMOUNTS[table]
    # 20 digits and the 18 of a rate or share are the 38 that DuckDB can multiply without overflow.
    amount = f"CAST(b.{quoted(it.amount)} AS DECIMAL(20,2))"
    same = f"CAST({amount} * {it.part} AS DECIMAL(18,2))" if it.part else f"b.{quoted(it.amount)}"
    if not rates:
        return f"CASE WHEN {it.currency} = {literal(currency)} THEN {same} END", ""
    # 16 digits: as large as an amount may be that comes without conversion; what no longer fits is unknown.
    converted = f"CAST(try_cast(CAST({same} AS DECIMAL(20,2)) * x.rate AS DECIMAL(16,2)) AS DECIMAL(18,2))"
    join = f"ASOF LEFT JOIN day_rates x ON {it.currency} = x.currency AND {local_day(it.on, tz)} >= x.day"
    return f"CASE WHEN {it.currency} = {literal(currency)} THEN {same} ELSE {converted} END", join

"""The clock of a row: when it became known, and rows that nobody can know yet."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from features.errors import InputError
from features.facts.sql import columns, equal, literal, same
from features.facts.store import instant
from features.facts.tables import Table
from features.intake.intake import DUPLICATE, Intake, own_names

_PROVENANCE = {"source", "source_ref"}

_PUBLIC = {"suppliers", "buyers", "rates"}
"""Tables whose new keys keep their own clock in a dump: a register, and rates that everybody knows on their day."""

_NOT_FACTS = {"spine"}


def end_of_day(day: date, tz: str) -> datetime:
    """Return the last microsecond of a local day, naive UTC."""
    return instant(day + timedelta(days=1), tz) - timedelta(microseconds=1)


def import_instant(now: datetime | None) -> datetime:
    """Return the instant of an import, naive UTC: `now`, else that of the clock."""
    moment = now or datetime.now(UTC)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def dump_instant(known_at: str | date | datetime | None, now: datetime, tz: str) -> datetime | None:
    """Return the instant since which a dump is known, naive UTC; a bare date means the end of that day; None for None.

    Raises:
        InputError: it is no date, or lies after the import.
    """
    if known_at is None:
        return None
    moment = instant(known_at, tz)
    if moment > now:
        fix = "Give the day of the dump, at the latest today."
        raise InputError(f"A dump of {known_at} cannot be known yet.", where="--known-at", fix=fix)
    is_date = len(known_at) == len("2025-07-01") if isinstance(known_at, str) else not isinstance(known_at, datetime)
    return end_of_day(local_day_of(moment, tz), tz) if is_date else moment


def set_clocks(intake: Intake, now: datetime | None, known_at: str | date | datetime | None) -> None:
    """Set the instant of the import, and that of a dump; InputError where the dump is later."""
    intake.imported_at = import_instant(now)
    intake.dump_known_at = dump_instant(known_at, intake.imported_at, intake.tz)


def date_dump(table: Table, intake: Intake) -> None:
    """Give the rows of a dump that have no clock the dump's instant, and drop those that change nothing.

    A row equal to the version known at that instant is a duplicate; another one is a correction known at that instant,
    and so is the first row of a key in a table that has rows already. Of a table without rows the rows keep their own
    date.
    """
    moment = intake.dump_known_at
    name, con = table.name, intake.con
    if moment is None or not intake.count(f"SELECT count(*) FROM (SELECT 1 FROM old_{name} LIMIT 1)"):
        return
    at = _literal(moment)
    content = [n for n in own_names(table) if n not in {*_PROVENANCE, *table.key, "known_at"}]
    undated = f"(SELECT g.* FROM good_{name} g JOIN new_{name} t ON g.n = t.rowid WHERE NOT t._dated)"
    latest = (
        f"(SELECT * FROM old_{name} WHERE known_at <= {at} QUALIFY row_number() OVER (PARTITION BY"
        f" {columns(table.key)} ORDER BY known_at DESC, retracted) = 1)"
    )
    con.execute(
        f"INSERT INTO dropped SELECT {literal(name)}, g.n, NULL, {literal(DUPLICATE)}, '' FROM {undated} g"
        f" JOIN {latest} o ON {equal(table.key, 'g', 'o')} AND {same(content, 'g', 'o')}"
    )
    known_key = f"SEMI JOIN old_{name} o ON {equal(table.key, 'g', 'o')}" if name in _PUBLIC else ""
    con.execute(f"UPDATE new_{name} SET known_at = {at} WHERE rowid IN (SELECT g.n FROM {undated} g {known_key})")


def drop_known_later(table: Table, intake: Intake) -> None:
    """Quarantine the rows whose `known_at`, given or derived, lies after the import."""
    if intake.imported_at is None or table.name in _NOT_FACTS:
        return
    now = intake.imported_at
    # A date without a time means the end of its day: what is dated today is known today.
    today = end_of_day(local_day_of(now, intake.tz), intake.tz)
    later = f"g.known_at > {_literal(now)} AND g.known_at <> {_literal(today)}"
    for dated, column in ((True, "known_at"), (False, table.event or "known_at")):
        intake.drop(
            table,
            f"SELECT g.n FROM good_{table.name} g JOIN new_{table.name} t ON g.n = t.rowid"
            f" WHERE {later} AND t._dated = {str(dated).lower()}",
            column=column,
            kind="known_later",
            reason="lies after the import, so nobody can know it yet: correct the year",
        )


def local_day_of(moment: datetime, tz: str) -> date:
    """Return the local day of an instant (naive UTC)."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(tz)).date()


def _literal(moment: datetime) -> str:
    return f"TIMESTAMP '{moment.isoformat(sep=' ')}'"

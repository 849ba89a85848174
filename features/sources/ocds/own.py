"""Releases that this project wrote: read back as they were, row by row, nothing derived."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from features.facts.tables import TABLES
from features.sources.ocds.context import Row
from features.sources.ocds.fields import ALWAYS, KEY, VERSION, read, rest_of
from features.sources.ocds.release import ReleaseRows
from features.sources.ocds.shapes import BadRelease, Json, listed, texts, within

Context = dict[str, Any]

_SOURCE = "source"


def is_own(release: Any) -> bool:
    """Whether a release says that this project wrote it."""
    return isinstance(release, dict) and KEY in release


def setting(release: Json) -> dict[str, Any]:
    """Return what a release of our own says of its deployment: `synthetic`, `currency`, `tz`."""
    right = {"synthetic": bool, "currency": str, "tz": str}
    said = release[KEY]
    return {n: said[n] for n, kind in right.items() if isinstance(said, dict) and isinstance(said.get(n), kind)}


def rows_of_own(release: Json, at: str) -> ReleaseRows:
    """Return the rows of a release of our own, all known on its date; BadRelease where it was changed into none."""
    said = within(release, KEY, at)
    if said.get("version") != VERSION:
        raise BadRelease(f"{at}/{KEY}/version", "unknown_version", f"is none that is known: {VERSION}")
    date = texts(release, "date", at)
    if date is None:
        raise BadRelease(f"{at}/date", "missing_value", "is required")
    clock = {"known_at": None if date == ALWAYS else date}
    tender = within(release, "tender", at)
    around = {
        _SOURCE: said.get(_SOURCE),
        "buyer_id": within(release, "buyer", at).get("id"),
        "tender_id": tender.get("id"),
        "method": tender.get("procurementMethod"),
        "category": tender.get("mainProcurementCategory"),
    }
    rows: list[Row] = [(t, row | clock, where, None) for t, row, where in _rows(release, tender, around, at)]
    return ReleaseRows(rows, Counter())


def _rows(release: Json, tender: Json, around: Context, at: str) -> Iterator[tuple[str, Context, str]]:
    for where, party in listed(release, "parties", at):
        roles = party.get("roles")
        table = "buyers" if isinstance(roles, list) and "buyer" in roles else "suppliers"
        yield from _row(table, party, around, where)
    yield from _row("tenders", tender, around, f"{at}/tender")
    yield from _each("stages", within(release, "planning", at), "documents", around, f"{at}/planning")
    yield from _each("stages", tender, "documents", around, f"{at}/tender")
    yield from _each("bids", within(release, "bids", at), "details", around, f"{at}/bids")
    awards = {texts(award, "id", where): (where, award) for where, award in listed(release, "awards", at)}
    for name, (where, award) in awards.items():
        yield from _each("stages", award, "documents", {**around, "contract_id": name}, where)
    for where, contract in listed(release, "contracts", at):
        award_at, award = awards.get(texts(contract, "awardID", where), (where, {}))
        yield from _of_contract(contract, award, around, where, award_at)


def _of_contract(
    contract: Json, award: Json, around: Context, at: str, award_at: str
) -> Iterator[tuple[str, Context, str]]:
    for where, member in listed(award, "suppliers", award_at) if KEY in contract else []:
        if KEY in member:
            row = read("contracts", contract, around, at) | {"supplier_id": member.get("id")}
            yield "contracts", row | rest_of("contracts", member, where), where
    inside = {**around, "contract_id": texts(contract, "id", at)}
    done, done_at = within(contract, "implementation", at), f"{at}/implementation"
    yield from _each("stages", contract, "documents", inside, at)
    yield from _each("amendments", contract, "amendments", inside, at)
    yield from _each("milestones", done, "milestones", inside, done_at)
    yield from _each("payments", done, "transactions", inside, done_at)
    yield from _each("stages", done, "documents", inside, done_at)


def _each(table: str, parent: Json, name: str, around: Context, at: str) -> Iterator[tuple[str, Context, str]]:
    for where, found in listed(parent, name, at):
        yield from _row(table, found, around, where)


def _row(table: str, found: Json, around: Context, at: str) -> Iterator[tuple[str, Context, str]]:
    if KEY not in found:
        return
    row = read(table, found, around, at)
    bad = [name for name, value in row.items() if isinstance(value, dict | list)]
    if bad:
        raise BadRelease(at, "bad_shape", f"has no single value for {bad[0]} of {TABLES[table].name}")
    yield table, row, at

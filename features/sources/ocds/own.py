"""Releases that this project wrote: read back row by row; nothing is derived."""

from collections.abc import Iterator
from typing import Any

from features.facts.tables import TABLES
from features.sources.notes import Notes
from features.sources.ocds.fields import ALWAYS, KEY, VERSION, read, rest_of
from features.sources.ocds.reading import Row
from features.sources.ocds.release import ReleaseRows
from features.sources.ocds.shapes import BadRelease, Json, listed, texts, within

Context = dict[str, Any]

_SOURCE = "source"


def is_own(release: Any) -> bool:
    """Whether this project wrote a release."""
    return isinstance(release, dict) and KEY in release


def deployment_of(release: Json) -> dict[str, Any]:
    """Return `synthetic`, `currency` and `tz` of the deployment that wrote a release of our own."""
    types = {"synthetic": bool, "currency": str, "tz": str}
    block = release[KEY]
    return {n: block[n] for n, kind in types.items() if isinstance(block, dict) and isinstance(block.get(n), kind)}


def rows_of_own(release: Json, at: str) -> ReleaseRows:
    """Return the rows of a release of our own, all known on its date; BadRelease where it was changed."""
    block = within(release, KEY, at)
    if block.get("version") != VERSION:
        raise BadRelease(f"{at}/{KEY}/version", "unknown_version", f"is not the known version: {VERSION}")
    date = texts(release, "date", at)
    if date is None:
        raise BadRelease(f"{at}/date", "missing_value", "is required")
    clock = {"known_at": None if date == ALWAYS else date}
    tender = within(release, "tender", at)
    context = {
        _SOURCE: block.get(_SOURCE),
        "buyer_id": within(release, "buyer", at).get("id"),
        "tender_id": tender.get("id"),
        "method": tender.get("procurementMethod"),
        "category": tender.get("mainProcurementCategory"),
    }
    rows: list[Row] = [(t, row | clock, pointer, None) for t, row, pointer in _rows(release, tender, context, at)]
    return ReleaseRows(rows, Notes())


def _rows(release: Json, tender: Json, context: Context, at: str) -> Iterator[tuple[str, Context, str]]:
    for pointer, party in listed(release, "parties", at):
        roles = party.get("roles")
        table = "buyers" if isinstance(roles, list) and "buyer" in roles else "suppliers"
        yield from _row(table, party, context, pointer)
    yield from _row("tenders", tender, context, f"{at}/tender")
    yield from _each("stages", within(release, "planning", at), "documents", context, f"{at}/planning")
    yield from _each("stages", tender, "documents", context, f"{at}/tender")
    yield from _each("bids", within(release, "bids", at), "details", context, f"{at}/bids")
    awards = {texts(award, "id", pointer): (pointer, award) for pointer, award in listed(release, "awards", at)}
    for name, (pointer, award) in awards.items():
        yield from _each("stages", award, "documents", {**context, "contract_id": name}, pointer)
    for pointer, contract in listed(release, "contracts", at):
        award_at, award = awards.get(texts(contract, "awardID", pointer), (pointer, {}))
        yield from _of_contract(contract, award, context, pointer, award_at)


def _of_contract(
    contract: Json, award: Json, context: Context, at: str, award_at: str
) -> Iterator[tuple[str, Context, str]]:
    for pointer, member in listed(award, "suppliers", award_at) if KEY in contract else []:
        if KEY in member:
            row = read("contracts", contract, context, at) | {"supplier_id": member.get("id")}
            yield "contracts", row | rest_of("contracts", member, pointer), pointer
    of_contract = {**context, "contract_id": texts(contract, "id", at)}
    implementation, implementation_at = within(contract, "implementation", at), f"{at}/implementation"
    yield from _each("stages", contract, "documents", of_contract, at)
    yield from _each("amendments", contract, "amendments", of_contract, at)
    yield from _each("milestones", implementation, "milestones", of_contract, implementation_at)
    yield from _each("payments", implementation, "transactions", of_contract, implementation_at)
    yield from _each("stages", implementation, "documents", of_contract, implementation_at)


def _each(table: str, parent: Json, name: str, context: Context, at: str) -> Iterator[tuple[str, Context, str]]:
    for pointer, json_object in listed(parent, name, at):
        yield from _row(table, json_object, context, pointer)


def _row(table: str, json_object: Json, context: Context, at: str) -> Iterator[tuple[str, Context, str]]:
    if KEY not in json_object:
        return
    row = read(table, json_object, context, at)
    bad = [name for name, value in row.items() if isinstance(value, dict | list)]
    if bad:
        raise BadRelease(at, "bad_shape", f"has no single value for {bad[0]} of {TABLES[table].name}")
    yield table, row, at

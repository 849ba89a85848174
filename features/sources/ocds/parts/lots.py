"""Awards and contracts that are given once for each lot."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from features.sources.ocds.context import Release
from features.sources.ocds.shapes import Json, amount, day, named, texts, within


@dataclass(frozen=True)
class AwardedBid:
    """The bid that an award, or the awards of several lots, made win.

    Attributes:
        pointer: of the first award, by its id.
        award: the first award.
        amount: of the bid.
    """

    pointer: str
    award: Json
    amount: object


def awarded_bids(release: Release, awards: list[tuple[str, Json]]) -> Iterator[AwardedBid]:
    """Yield the bids behind awards.

    Awards of different lots to the same suppliers, decided on one day, are one bid. Its amount is the sum of theirs; it
    is theirs once where all have the same, because then each repeats the total.
    """
    groups: dict[object, list[tuple[str, Json]]] = {}
    for pointer, award in awards:
        groups.setdefault(_bid_of(release, award, pointer), []).append((pointer, award))
    for group in groups.values():
        group.sort(key=lambda a: str(a[1].get("id")))
        pointer, award = group[0]
        if len(group) > 1:
            release.note("LOTS_OF_ONE_BID", pointer)
        yield AwardedBid(pointer, award, _total([amount(within(a, "value", at)) for at, a in group]))


def _bid_of(release: Release, award: Json, pointer: str) -> object:
    """Return what the awards of one bid have in common; the pointer for an award that names no lot."""
    suppliers = release.listed(award, "suppliers", pointer, "bids")
    if not lots_of(award) or not suppliers:
        return pointer
    named_suppliers = tuple(sorted(str(release.parties.id_of(m, at)) for at, m in suppliers))
    currency = named(within(award, "value", pointer), "currency")
    return named_suppliers, day(texts(award, "date", pointer)), currency


def lots_of(part: Json) -> tuple[str, ...]:
    """Return the lots that an award or contract names."""
    lots = part.get("relatedLots")
    return tuple(sorted(str(lot) for lot in lots)) if isinstance(lots, list) else ()


def _total(amounts: list[object]) -> object:
    """Return one amount if all are equal, else their sum; the first where one is no number."""
    try:
        numbers = [Decimal(str(a)) for a in amounts if a is not None and not isinstance(a, bool)]
    except InvalidOperation:
        return amounts[0]
    if len(numbers) < len(amounts) or len(set(numbers)) == 1:
        return amounts[0]
    return str(sum(numbers))


def first_contracts(release: Release, contracts: list[tuple[str, Json, Json]]) -> dict[str, str]:
    """Return, for contracts that are one contract given once for each lot, the id of the first by id.

    They have the same title or description, suppliers, day and amount, and name different lots. Equal contracts without
    such evidence get a note, and each counts.

    Args:
        release: the release.
        contracts: pointer, contract and award of each.
    """
    groups: dict[object, list[tuple[str, Json, Json]]] = {}
    for pointer, contract, award in contracts:
        value = contract.get("value") or award.get("value")
        if isinstance(value, dict) and contract.get("dateSigned") and award.get("suppliers"):
            same = [str(part) for part in (value.get("amount"), value.get("currency"), contract["dateSigned"])]
            groups.setdefault((*same, str(award["suppliers"])), []).append((pointer, contract, award))
    first: dict[str, str] = {}
    for group in groups.values():
        if len(group) < 2:
            continue
        group.sort(key=lambda c: str(c[1].get("id")))
        lots = [lots_of(contract) or lots_of(award) for _, contract, award in group]
        names = {str(contract.get("title") or contract.get("description") or "") for _, contract, _ in group}
        is_one = all(lots) and len(set(lots)) == len(lots) and len(names) == 1 and names != {""}
        release.note("TOTAL_ON_EACH_LOT" if is_one else "EQUAL_CONTRACTS", group[0][0])
        if is_one:
            first.update({pointer: str(group[0][1].get("id")) for pointer, *_ in group[1:]})
    return first

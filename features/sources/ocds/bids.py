"""The bids of a release: its own, and where there is none, one won bid for each award."""

from features.sources.ocds.context import Release
from features.sources.ocds.shapes import Json, amount, day, listed, named, texts, within

_OUT = ("disqualified", "withdrawn")
_STANDING = {None, "active"}  # statuses of an award that holds


def add(made: Release) -> None:
    """Add the bids of a release."""
    details = listed(within(made.json, "bids", made.at), "details", f"{made.at}/bids")
    details = [(at, bid) for at, bid in details if not _invited(bid, made)]
    bidders = made.tender.get("numberOfTenderers") or len(details) or None
    closed = day(texts(made.period, "endDate", made.at))
    common = {"tender_id": made.ocid, "buyer_id": made.parties.buyer_id, "bidders": bidders}
    for pointer, bid in details:
        _add_bid(made, bid, pointer, closed, common)
    for pointer, award in made.awards if not details else []:
        _add_award(made, award, pointer, closed, common)


def _invited(bid: Json, made: Release) -> bool:
    if named(bid, "status") != "invited":
        return False
    made.notes["an invitation to bid is no bid: it is left out"] += 1
    return True


def _add_award(made: Release, award: Json, pointer: str, closed: str | None, common: dict[str, object]) -> None:
    if named(award, "status") not in _STANDING:
        made.notes["an award that is not active gives no bid"] += 1
        return
    decided = day(texts(award, "date", pointer)) or made.since
    value = within(award, "value", pointer)
    for i, (_, mention) in enumerate(listed(award, "suppliers", pointer)):
        row = {
            "bid_id": f"{made.ocid}/award/{texts(award, 'id', pointer)}/{i}",
            "supplier_id": made.parties.id_of(mention, pointer),
            "amount": amount(value),
            "currency": named(value, "currency"),
            "result": "won",
            "decided_on": decided,
            "occurred_at": min(closed, decided) if closed else decided,
        }
        made.add("bids", {**common, **row}, pointer)


def _add_bid(made: Release, bid: Json, pointer: str, closed: str | None, common: dict[str, object]) -> None:
    value, bid_id, status = within(bid, "value", pointer), texts(bid, "id", pointer), named(bid, "status")
    if status not in _OUT and not made.awards:
        made.notes["a bid that is not decided yet is left out"] += 1
        return
    for i, (at, mention) in enumerate(listed(bid, "tenderers", pointer)):
        supplier = made.parties.id_of(mention, at)
        won = any(
            supplier == made.parties.id_of(m, at) or named(award, "relatedBid") == bid_id
            for award_at, award in made.awards
            if named(award, "status") in _STANDING
            for _, m in listed(award, "suppliers", award_at)
        )
        row = {
            "bid_id": f"{made.ocid}/bid/{bid_id}/{i}",
            "supplier_id": supplier,
            "amount": amount(value),
            "currency": named(value, "currency"),
            "result": status if status in _OUT else "won" if won else "lost",
            "decided_on": min(made.award_dates(), default=made.since),
            "occurred_at": day(texts(bid, "date", pointer)) or closed or made.since,
        }
        made.add("bids", {**common, **row}, pointer)

"""The bids of a release: its own bids, or, where it has none, one won bid for each award."""

from features.sources.ocds.context import Release
from features.sources.ocds.shapes import Json, amount, day, listed, named, texts, within

_OUT = ("disqualified", "withdrawn")
_ACTIVE = {None, "active"}  # statuses of a valid award


def add(release: Release) -> None:
    """Add the bids of a release."""
    details = listed(within(release.json, "bids", release.at), "details", f"{release.at}/bids")
    details = [(at, bid) for at, bid in details if not _is_invitation(bid, release)]
    bidders = release.tender.get("numberOfTenderers") or len(details) or None
    closed = day(texts(release.period, "endDate", release.at))
    common = {"tender_id": release.ocid, "buyer_id": release.parties.buyer_id, "bidders": bidders}
    for pointer, bid in details:
        _add_bid(release, bid, pointer, closed, common)
    for pointer, award in release.awards if not details else []:
        _add_award(release, award, pointer, closed, common)


def _is_invitation(bid: Json, release: Release) -> bool:
    if named(bid, "status") != "invited":
        return False
    release.notes["an invitation to bid is not a bid: it is left out"] += 1
    return True


def _add_award(release: Release, award: Json, pointer: str, closed: str | None, common: dict[str, object]) -> None:
    if named(award, "status") not in _ACTIVE:
        release.notes["an award that is not active gives no bid"] += 1
        return
    decided = day(texts(award, "date", pointer)) or release.since
    value = within(award, "value", pointer)
    for i, (_, mention) in enumerate(listed(award, "suppliers", pointer)):
        row = {
            "bid_id": f"{release.ocid}/award/{texts(award, 'id', pointer)}/{i}",
            "supplier_id": release.parties.id_of(mention, pointer),
            "amount": amount(value),
            "currency": named(value, "currency"),
            "result": "won",
            "decided_on": decided,
            "occurred_at": min(closed, decided) if closed else decided,
        }
        release.add("bids", {**common, **row}, pointer)


def _add_bid(release: Release, bid: Json, pointer: str, closed: str | None, common: dict[str, object]) -> None:
    value, bid_id, status = within(bid, "value", pointer), texts(bid, "id", pointer), named(bid, "status")
    if status not in _OUT and not release.awards:
        release.notes["a bid that is not decided yet is left out"] += 1
        return
    for i, (at, mention) in enumerate(listed(bid, "tenderers", pointer)):
        supplier = release.parties.id_of(mention, at)
        won = any(
            supplier == release.parties.id_of(m, at) or named(award, "relatedBid") == bid_id
            for award_at, award in release.awards
            if named(award, "status") in _ACTIVE
            for _, m in listed(award, "suppliers", award_at)
        )
        row = {
            "bid_id": f"{release.ocid}/bid/{bid_id}/{i}",
            "supplier_id": supplier,
            "amount": amount(value),
            "currency": named(value, "currency"),
            "result": status if status in _OUT else "won" if won else "lost",
            "decided_on": min(release.award_dates(), default=release.since),
            "occurred_at": day(texts(bid, "date", pointer)) or closed or release.since,
        }
        release.add("bids", {**common, **row}, pointer)

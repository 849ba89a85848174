"""The bids of a release: its own bids, or, where it has none, one won bid for each award."""

from features.sources.ocds.context import Release
from features.sources.ocds.parts.lots import AwardedBid, awarded_bids
from features.sources.ocds.shapes import Json, amount, day, named, statuses, texts, within

_OUT = ("disqualified", "withdrawn")
_ACTIVE = {"active", "complete"}  # statuses of a valid award; `complete` is a final status of version 1.2


def add(release: Release) -> None:
    """Add the bids of a release."""
    details = [(at, bid) for at, bid in release.bids if not _is_invitation(bid, release, at)]
    bidders = release.tender.get("numberOfTenderers") or len(details) or None
    common = {"tender_id": release.ocid, "buyer_id": release.parties.buyer_id, "bidders": bidders}
    for pointer, bid in details:
        with release.part("bids", pointer):
            _add_bid(release, bid, pointer, common)
    if details:
        return
    active = [(at, award) for at, award in release.awards if _gives_bid(release, award, at)]
    for awarded in awarded_bids(release, active):
        _add_award(release, awarded, common)


def _is_invitation(bid: Json, release: Release, pointer: str) -> bool:
    if named(bid, "status") != "invited":
        return False
    release.note("INVITATION", pointer)
    return True


def _gives_bid(release: Release, award: Json, pointer: str) -> bool:
    if release.tender_failed:
        release.note("BID_OF_FAILED_TENDER", pointer)
    elif not is_active(award):
        release.note("AWARD_NOT_ACTIVE", pointer)
    else:
        return True
    if "pending" not in statuses(award):
        _retract(release, award, pointer)
    return False


def _retract(release: Release, award: Json, pointer: str) -> None:
    """Retract the bids that an earlier release may have given for an award that is active no more."""
    for i, (at, mention) in enumerate(release.listed(award, "suppliers", pointer, "bids")):
        with release.part("bids", pointer):
            bid_id = f"{release.ocid}/award/{texts(award, 'id', pointer)}/{i}"
            supplier = release.parties.id_of(mention, at)
            release.add("bids", {"bid_id": bid_id, "supplier_id": supplier, "retracted": True}, pointer)


def is_active(award: Json) -> bool:
    """Whether an award is valid."""
    return statuses(award) <= _ACTIVE


def _closed(release: Release) -> str | None:
    return day(texts(release.period, "endDate", release.at))


def _add_award(release: Release, awarded: AwardedBid, common: dict[str, object]) -> None:
    pointer, award = awarded.pointer, awarded.award
    with release.part("bids", pointer):
        decided, closed = day(texts(award, "date", pointer)) or release.since, _closed(release)
        mentions = release.listed(award, "suppliers", pointer, "bids")
        for i, (at, mention) in enumerate(mentions):
            row = {
                "bid_id": f"{release.ocid}/award/{texts(award, 'id', pointer)}/{i}",
                "supplier_id": release.parties.id_of(mention, at),
                "amount": awarded.amount,
                "currency": named(within(award, "value", pointer), "currency"),
                "result": "won",
                "decided_on": decided,
                "occurred_at": min(closed, decided) if closed else decided,
            }
            release.add("bids", {**common, **row}, pointer)
        if len(mentions) > 1:
            release.note("JOINT_BID", pointer)


def _add_bid(release: Release, bid: Json, pointer: str, common: dict[str, object]) -> None:
    value, bid_id, status = within(bid, "value", pointer), texts(bid, "id", pointer), named(bid, "status")
    awards = [(at, award) for at, award in release.awards if is_active(award)]
    if status not in _OUT and (release.tender_failed or not awards):
        release.note("BID_OF_FAILED_TENDER" if release.tender_failed else "BID_UNDECIDED", pointer)
        return
    mentions = release.listed(bid, "tenderers", pointer, "bids")
    for i, (at, mention) in enumerate(mentions):
        supplier = release.parties.id_of(mention, at)
        won = any(
            supplier == release.parties.id_of(m, at) or named(award, "relatedBid") == bid_id
            for award_at, award in awards
            for at, m in release.listed(award, "suppliers", award_at, "bids")
        )
        row = {
            "bid_id": f"{release.ocid}/bid/{bid_id}/{i}",
            "supplier_id": supplier,
            "amount": amount(value),
            "currency": named(value, "currency"),
            "result": status if status in _OUT else "won" if won else "lost",
            "decided_on": min(release.award_dates(), default=release.since),
            "occurred_at": day(texts(bid, "date", pointer)) or _closed(release) or release.since,
        }
        release.add("bids", {**common, **row}, pointer)
    if len(mentions) > 1:
        release.note("JOINT_BID", pointer)

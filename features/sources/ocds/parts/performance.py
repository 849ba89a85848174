"""How a contract was performed: its milestones, payments and amendments, and the stages that they disclose."""

from features.sources.ocds.context import Release
from features.sources.ocds.parts.ends import milestone_end
from features.sources.ocds.shapes import Json, amount, day, named, texts, within

_ACCEPTING = {"approval", "assessment"}  # milestone types that mean acceptance
_DELIVERING = {None, "delivery"}
_PAYING = "payment"  # what the buyer has to do

Ids = tuple[str, str]
"""The contract's id, and the id under which the release gives it: another one for a further lot of one contract."""


def add_stage(release: Release, ids: Ids, stage: str, dates: list[str], pointer: str) -> None:
    """Add a stage of a contract on the first of its dates, if there is any."""
    contract_id, own_id = ids
    if dates:
        row = {"stage_id": f"{own_id}/{stage}", "contract_id": contract_id, "stage": stage}
        release.add("stages", {**row, "occurred_at": min(dates)}, pointer)


def milestones_of(release: Release, contract: Json, pointer: str) -> list[tuple[str, Json]]:
    """Return the milestones that the supplier has to meet, each with its pointer."""
    implementation = release.within(contract, "implementation", pointer, "milestones")
    listed = release.listed(implementation, "milestones", f"{pointer}/implementation", "milestones")
    milestones = []
    for at, milestone in [*listed, *release.listed(contract, "milestones", pointer, "milestones")]:
        kind = named(milestone, "type")
        if kind in _ACCEPTING | _DELIVERING:
            milestones.append((at, milestone))
        else:
            release.note("PAYMENT_MILESTONE" if kind == _PAYING else "OTHER_MILESTONE", at)
    return milestones


def add_milestones(release: Release, milestones: list[tuple[str, Json]], ids: Ids, pointer: str) -> None:
    """Add the milestones of a contract."""
    contract_id, own_id = ids
    accepted: list[str] = []
    for i, (at, milestone) in enumerate(milestones):
        with release.part("milestones", at):
            milestone_id = f"{own_id}/{texts(milestone, 'id', at) or i}"
            accepted += _add_milestone(
                release, milestone, {"milestone_id": milestone_id, "contract_id": contract_id}, at
            )
    add_stage(release, ids, "acceptance", accepted, pointer)


def _add_milestone(release: Release, milestone: Json, ids: dict[str, str], at: str) -> list[str]:
    """Add a milestone; return the day of acceptance, if it is one and it was met."""
    ended = milestone_end(release, milestone, at)
    if ended is None:
        release.note("MILESTONE_TIME_UNKNOWN", at)
        return []
    is_accepting = named(milestone, "type") in _ACCEPTING
    row = {
        **ids,
        "kind": "acceptance" if is_accepting else "delivery",
        "due_on": day(texts(milestone, "dueDate", at)),
    }
    release.add("milestones", {**row, **ended}, at)
    return [ended["met_on"]] if is_accepting and "met_on" in ended else []


def add_payments(release: Release, contract: Json, ids: Ids, pointer: str) -> None:
    """Add the transactions of a contract as payments."""
    contract_id, own_id = ids
    implementation = release.within(contract, "implementation", pointer, "milestones")
    dates = []
    at_all = f"{pointer}/implementation"
    for i, (at, paid) in enumerate(release.listed(implementation, "transactions", at_all, "payments")):
        with release.part("payments", at):
            value = within(paid, "value", at) or within(paid, "amount", at)  # 1.0 called it `amount`
            date = day(texts(paid, "date", at))
            row = {
                "payment_id": f"{own_id}/{texts(paid, 'id', at) or i}",
                "contract_id": contract_id,
                "amount": amount(value),
                "currency": named(value, "currency"),
                "paid_on": date or release.since,
            }
            release.add("payments", row, at)
            dates.append(date or release.since)
            if date is None:
                release.note("PAYMENT_UNDATED", at)
    add_stage(release, ids, "payment", dates, pointer)


def add_amendments(release: Release, contract: Json, ids: Ids, pointer: str) -> None:
    """Add the amendments of a contract."""
    contract_id, own_id = ids
    older = release.within(contract, "amendment", pointer, "amendments")  # version 1.0 had one
    amendments = release.listed(contract, "amendments", pointer, "amendments")
    amendments = amendments or ([(f"{pointer}/amendment", older)] if older else [])
    for i, (at, amendment) in enumerate(amendments):
        with release.part("amendments", at):
            date = day(texts(amendment, "date", at))
            row = {
                "amendment_id": f"{own_id}/{texts(amendment, 'id', at) or i}",
                "contract_id": contract_id,
                "reason": texts(amendment, "rationale", at) or texts(amendment, "description", at),
                "occurred_at": date or release.since,
            }
            release.add("amendments", row, at)
            if date is None:
                release.note("AMENDMENT_UNDATED", at)

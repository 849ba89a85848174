"""The contracts of a release, with their milestones, payments, amendments and stages."""

from features.sources.ocds.context import Release
from features.sources.ocds.parts.ends import end_of, milestone_end
from features.sources.ocds.shapes import BadRelease, Json, amount, day, listed, named, texts, within

_ADVICE = "a release with changes only must be in a record with the earlier releases"
_NO_SUPPLIER = ("supplier_id", "no_supplier", f"has no award that names a supplier; {_ADVICE}")
_ACCEPTING = {"approval", "assessment"}  # milestone types that mean acceptance
_OTHER_MILESTONES = {"preProcurement", "engagement", "reporting", "financing"}


def add(release: Release) -> None:
    """Add the contracts of a release."""
    for pointer, contract in listed(release.json, "contracts", release.at):
        _add_contract(release, contract, pointer)


def _add_contract(release: Release, contract: Json, pointer: str) -> None:
    own_id = texts(contract, "id", pointer)
    if own_id is None:
        raise BadRelease(f"{pointer}/id", "missing_value", "is required")
    contract_id = f"{release.ocid}/{own_id}"
    award_at, award = _award_of(release, contract, pointer)
    value = within(contract, "value", pointer) or within(award, "value", award_at)
    period = within(contract, "period", pointer) or within(award, "contractPeriod", award_at)
    milestones = _milestones(release, contract, pointer)
    signed = _signed(release, contract, pointer, award, award_at, period)
    row: dict[str, object] = {
        "contract_id": contract_id,
        "buyer_id": release.parties.buyer_id,
        "tender_id": release.tender_id,
        "kind": "contract",
        **release.manner(),
        "amount": amount(value),
        "currency": named(value, "currency"),
        "signed_on": signed,
        "starts_on": day(texts(period, "startDate", pointer)),
        "ends_on": day(texts(period, "endDate", pointer)),
        **end_of(contract, period, release.since, [m for _, m in milestones], release.notes),
    }
    mentioned = (release.parties.id_of(m, at) for at, m in listed(award, "suppliers", award_at))
    suppliers = list(dict.fromkeys(mentioned))
    members = len(suppliers)
    joint = {"members": members, "share": f"{1 / members:.8f}"} if members > 1 else {}
    for supplier in suppliers or [None]:
        wrong = None if supplier else _NO_SUPPLIER
        release.add("contracts", {**row, **joint, "supplier_id": supplier}, pointer, wrong)
    _add_stage(release, contract_id, "contract", [signed], pointer)
    _add_milestones(release, milestones, contract_id, pointer)
    _add_payments(release, contract, contract_id, pointer)
    _add_amendments(release, contract, contract_id, pointer)


def _award_of(release: Release, contract: Json, pointer: str) -> tuple[str, Json]:
    wanted = texts(contract, "awardID", pointer)
    matches = [(at, a) for at, a in release.awards if texts(a, "id", at) == wanted]
    if not matches and wanted is None and len(release.awards) == 1:
        release.notes["a contract that names no award belongs to the only one"] += 1
        matches = release.awards
    return matches[0] if matches else (pointer, {})


def _signed(release: Release, contract: Json, pointer: str, award: Json, award_at: str, period: Json) -> str:
    for source, name, at, called in (
        (contract, "dateSigned", pointer, ""),
        (award, "date", award_at, "its award"),
        (period, "startDate", pointer, "the start of its period"),
    ):
        date = day(texts(source, name, at))
        if date:
            if called:
                release.notes[f"a contract without a date of signing takes that of {called}"] += 1
            return date
    release.notes["a contract without a date of signing takes that of its release"] += 1
    return release.since


def _add_stage(release: Release, contract_id: str, stage: str, dates: list[str], pointer: str) -> None:
    """Add a stage of a contract on the first of its dates, if there is any."""
    if dates:
        row = {"stage_id": f"{contract_id}/{stage}", "contract_id": contract_id, "stage": stage}
        release.add("stages", {**row, "occurred_at": min(dates)}, pointer)


def _milestones(release: Release, contract: Json, pointer: str) -> list[tuple[str, Json]]:
    implementation = within(contract, "implementation", pointer)
    of_implementation = listed(implementation, "milestones", f"{pointer}/implementation")
    milestones = []
    for at, milestone in [*of_implementation, *listed(contract, "milestones", pointer)]:
        if named(milestone, "type") in _OTHER_MILESTONES:
            release.notes["a milestone that is neither delivery nor acceptance is left out"] += 1
        else:
            milestones.append((at, milestone))
    return milestones


def _add_milestones(release: Release, milestones: list[tuple[str, Json]], contract_id: str, pointer: str) -> None:
    accepted = []
    for i, (at, milestone) in enumerate(milestones):
        ended = milestone_end(milestone, at, release.since)
        if ended is None:
            release.notes["a milestone met at an unknown time, before or after its due date: it is left out"] += 1
            continue
        accepting = named(milestone, "type") in _ACCEPTING
        row = {
            "milestone_id": f"{contract_id}/{texts(milestone, 'id', at) or i}",
            "contract_id": contract_id,
            "kind": "acceptance" if accepting else "delivery",
            "due_on": day(texts(milestone, "dueDate", at)),
        }
        release.add("milestones", {**row, **ended}, at)
        if accepting and "met_on" in ended:
            accepted.append(ended["met_on"])
    _add_stage(release, contract_id, "acceptance", accepted, pointer)


def _add_payments(release: Release, contract: Json, contract_id: str, pointer: str) -> None:
    implementation = within(contract, "implementation", pointer)
    dates = []
    for i, (at, paid) in enumerate(listed(implementation, "transactions", f"{pointer}/implementation")):
        value = within(paid, "value", at) or within(paid, "amount", at)  # 1.0 called it `amount`
        date = day(texts(paid, "date", at))
        if date is None:
            release.notes["a transaction without a date counts as paid on its release's date"] += 1
        row = {
            "payment_id": f"{contract_id}/{texts(paid, 'id', at) or i}",
            "contract_id": contract_id,
            "amount": amount(value),
            "currency": named(value, "currency"),
            "paid_on": date or release.since,
        }
        release.add("payments", row, at)
        dates.append(date or release.since)
    _add_stage(release, contract_id, "payment", dates, pointer)


def _add_amendments(release: Release, contract: Json, contract_id: str, pointer: str) -> None:
    older = within(contract, "amendment", pointer)  # version 1.0 had one
    amendments = listed(contract, "amendments", pointer) or ([(f"{pointer}/amendment", older)] if older else [])
    for i, (at, amendment) in enumerate(amendments):
        row = {
            "amendment_id": f"{contract_id}/{texts(amendment, 'id', at) or i}",
            "contract_id": contract_id,
            "reason": texts(amendment, "rationale", at) or texts(amendment, "description", at),
            "occurred_at": day(texts(amendment, "date", at)) or release.since,
        }
        release.add("amendments", row, at)

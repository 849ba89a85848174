"""The contracts of a release, and what hangs on them: milestones, payments, amendments, their stages."""

from features.sources.ocds.context import Release
from features.sources.ocds.ends import end_of, milestone_end
from features.sources.ocds.shapes import BadRelease, Json, amount, day, listed, named, texts, within

_MEND = "a release that carries only what changed belongs into a record with those before it"
_NO_SUPPLIER = ("supplier_id", "no_supplier", f"has no award that names a supplier; {_MEND}")
_ACCEPTING = {"approval", "assessment"}  # milestone types that stand for acceptance
_OTHER_MILESTONES = {"preProcurement", "engagement", "reporting", "financing"}


def add(made: Release) -> None:
    """Add the contracts of a release."""
    for pointer, contract in listed(made.json, "contracts", made.at):
        _add_contract(made, contract, pointer)


def _add_contract(made: Release, contract: Json, pointer: str) -> None:
    own_id = texts(contract, "id", pointer)
    if own_id is None:
        raise BadRelease(f"{pointer}/id", "missing_value", "is required")
    contract_id = f"{made.ocid}/{own_id}"
    award_at, award = _award_of(made, contract, pointer)
    value = within(contract, "value", pointer) or within(award, "value", award_at)
    period = within(contract, "period", pointer) or within(award, "contractPeriod", award_at)
    milestones = _milestones(made, contract, pointer)
    signed = _signed(made, contract, pointer, award, award_at, period)
    row: dict[str, object] = {
        "contract_id": contract_id,
        "buyer_id": made.parties.buyer_id,
        "tender_id": made.tender_id,
        "kind": "contract",
        **made.manner(),
        "amount": amount(value),
        "currency": named(value, "currency"),
        "signed_on": signed,
        "starts_on": day(texts(period, "startDate", pointer)),
        "ends_on": day(texts(period, "endDate", pointer)),
        **end_of(contract, period, made.since, [m for _, m in milestones], made.notes),
    }
    named_there = (made.parties.id_of(m, at) for at, m in listed(award, "suppliers", award_at))
    suppliers = list(dict.fromkeys(named_there))
    members = len(suppliers)
    joint = {"members": members, "share": f"{1 / members:.8f}"} if members > 1 else {}
    for supplier in suppliers or [None]:
        wrong = None if supplier else _NO_SUPPLIER
        made.add("contracts", {**row, **joint, "supplier_id": supplier}, pointer, wrong)
    _add_stage(made, contract_id, "contract", [signed], pointer)
    _add_milestones(made, milestones, contract_id, pointer)
    _add_payments(made, contract, contract_id, pointer)
    _add_amendments(made, contract, contract_id, pointer)


def _award_of(made: Release, contract: Json, pointer: str) -> tuple[str, Json]:
    wanted = texts(contract, "awardID", pointer)
    found = [(at, a) for at, a in made.awards if texts(a, "id", at) == wanted]
    if not found and wanted is None and len(made.awards) == 1:
        made.notes["a contract that names no award belongs to the only one"] += 1
        found = made.awards
    return found[0] if found else (pointer, {})


def _signed(made: Release, contract: Json, pointer: str, award: Json, award_at: str, period: Json) -> str:
    for source, name, at, called in (
        (contract, "dateSigned", pointer, ""),
        (award, "date", award_at, "its award"),
        (period, "startDate", pointer, "the start of its period"),
    ):
        date = day(texts(source, name, at))
        if date:
            if called:
                made.notes[f"a contract without a date of signing takes that of {called}"] += 1
            return date
    made.notes["a contract without a date of signing takes that of its release"] += 1
    return made.since


def _add_stage(made: Release, contract_id: str, stage: str, dates: list[str], pointer: str) -> None:
    """Add a stage of a contract on the first of its dates, if there is any."""
    if dates:
        row = {"stage_id": f"{contract_id}/{stage}", "contract_id": contract_id, "stage": stage}
        made.add("stages", {**row, "occurred_at": min(dates)}, pointer)


def _milestones(made: Release, contract: Json, pointer: str) -> list[tuple[str, Json]]:
    implementation = within(contract, "implementation", pointer)
    found = listed(implementation, "milestones", f"{pointer}/implementation")
    kept = []
    for at, milestone in [*found, *listed(contract, "milestones", pointer)]:
        if named(milestone, "type") in _OTHER_MILESTONES:
            made.notes["a milestone that is neither delivery nor acceptance is left out"] += 1
        else:
            kept.append((at, milestone))
    return kept


def _add_milestones(made: Release, milestones: list[tuple[str, Json]], contract_id: str, pointer: str) -> None:
    accepted = []
    for i, (at, milestone) in enumerate(milestones):
        ended = milestone_end(milestone, at, made.since)
        if ended is None:
            made.notes["a milestone met after its due date or before it, no one knows: it is left out"] += 1
            continue
        accepting = named(milestone, "type") in _ACCEPTING
        row = {
            "milestone_id": f"{contract_id}/{texts(milestone, 'id', at) or i}",
            "contract_id": contract_id,
            "kind": "acceptance" if accepting else "delivery",
            "due_on": day(texts(milestone, "dueDate", at)),
        }
        made.add("milestones", {**row, **ended}, at)
        if accepting and "met_on" in ended:
            accepted.append(ended["met_on"])
    _add_stage(made, contract_id, "acceptance", accepted, pointer)


def _add_payments(made: Release, contract: Json, contract_id: str, pointer: str) -> None:
    implementation = within(contract, "implementation", pointer)
    dates = []
    for i, (at, paid) in enumerate(listed(implementation, "transactions", f"{pointer}/implementation")):
        value = within(paid, "value", at) or within(paid, "amount", at)  # 1.0 called it `amount`
        date = day(texts(paid, "date", at))
        if date is None:
            made.notes["a transaction without a date counts as paid on its release's date"] += 1
        row = {
            "payment_id": f"{contract_id}/{texts(paid, 'id', at) or i}",
            "contract_id": contract_id,
            "amount": amount(value),
            "currency": named(value, "currency"),
            "paid_on": date or made.since,
        }
        made.add("payments", row, at)
        dates.append(date or made.since)
    _add_stage(made, contract_id, "payment", dates, pointer)


def _add_amendments(made: Release, contract: Json, contract_id: str, pointer: str) -> None:
    older = within(contract, "amendment", pointer)  # version 1.0 had one
    amendments = listed(contract, "amendments", pointer) or ([(f"{pointer}/amendment", older)] if older else [])
    for i, (at, amendment) in enumerate(amendments):
        row = {
            "amendment_id": f"{contract_id}/{texts(amendment, 'id', at) or i}",
            "contract_id": contract_id,
            "reason": texts(amendment, "rationale", at) or texts(amendment, "description", at),
            "occurred_at": day(texts(amendment, "date", at)) or made.since,
        }
        made.add("amendments", row, at)

"""The contracts of a release."""

from features.sources.ocds.context import Release, repeated_ids
from features.sources.ocds.parts.ends import end_of
from features.sources.ocds.parts.lots import first_contracts
from features.sources.ocds.parts.performance import (
    add_amendments,
    add_milestones,
    add_payments,
    add_stage,
    milestones_of,
)
from features.sources.ocds.shapes import BadRelease, Json, amount, day, named, statuses, texts, within

_ADVICE = "a release with changes only must be in a record with the earlier releases"
NO_SUPPLIER = ("supplier_id", "no_supplier", f"has no award that names a supplier; {_ADVICE}")

# Statuses of a contract, and of its award, with which it is not in force.
_CONTRACT_NOT_IN_FORCE, _AWARD_NOT_IN_FORCE = {"pending", "unsuccessful"}, {"pending", "cancelled", "unsuccessful"}


def add(release: Release) -> None:
    """Add the contracts of a release."""
    contracts = release.listed(release.json, "contracts", release.at, "contracts")
    repeated = repeated_ids(contracts)
    given = []
    for pointer, contract in contracts:
        with release.part("contracts", pointer):
            if texts(contract, "id", pointer) is None:
                raise BadRelease(f"{pointer}/id", "missing_value", "is required")
            if str(contract["id"]) in repeated:
                reason = "is the id of another contract of the release that differs"
                raise BadRelease(f"{pointer}/id", "same_id_twice", reason)
            given.append((pointer, contract, _award_of(release, contract, pointer)))
    first = first_contracts(release, [(pointer, contract, award) for pointer, contract, (_, award) in given])
    for pointer, contract, award in given:
        with release.part("contracts", pointer):
            _add_contract(release, contract, pointer, award, first.get(pointer))


def _add_contract(release: Release, contract: Json, pointer: str, place: tuple[str, Json], first: str | None) -> None:
    """Add a contract with its parts.

    Args:
        release: the release.
        contract: the contract.
        pointer: its pointer.
        place: pointer of its award, and the award.
        first: id of the contract that this one repeats for another lot, or None.
    """
    award_at, award = place
    own_id = f"{release.ocid}/{texts(contract, 'id', pointer)}"
    contract_id = f"{release.ocid}/{first}" if first else own_id
    mentions = release.listed(award, "suppliers", award_at, "bids")
    suppliers = list(dict.fromkeys(release.parties.id_of(mention, at) for at, mention in mentions))
    if not _is_in_force(release, contract, award):
        release.note("NEVER_IN_FORCE", pointer)
        _retract(release, contract, contract_id, suppliers, pointer)
        return
    value = within(contract, "value", pointer) or within(award, "value", award_at)
    period = within(contract, "period", pointer) or within(award, "contractPeriod", award_at)
    milestones = milestones_of(release, contract, pointer)
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
        **end_of(release, contract, period, [m for _, m in milestones], pointer),
    }
    members = len(suppliers)
    joint = {"members": members, "share": f"{1 / members:.8f}"} if members > 1 else {}
    for supplier in [] if first else suppliers or [None]:
        wrong = None if supplier else NO_SUPPLIER
        release.add("contracts", {**row, **joint, "supplier_id": supplier}, pointer, wrong)
    ids = (contract_id, own_id)
    if not first:
        add_stage(release, ids, "contract", [signed], pointer)
    add_milestones(release, milestones, ids, pointer)
    add_payments(release, contract, ids, pointer)
    add_amendments(release, contract, ids, pointer)


def _is_in_force(release: Release, contract: Json, award: Json) -> bool:
    if release.tender_failed or statuses(contract) & _CONTRACT_NOT_IN_FORCE:
        return False
    return not statuses(award) & _AWARD_NOT_IN_FORCE


def _retract(release: Release, contract: Json, contract_id: str, suppliers: list[str | None], pointer: str) -> None:
    """Retract a contract that an earlier release may have given as in force; a pending one cannot have been."""
    if "pending" in statuses(contract):
        return
    for supplier in suppliers:
        if supplier:
            release.add("contracts", {"contract_id": contract_id, "supplier_id": supplier, "retracted": True}, pointer)


def _award_of(release: Release, contract: Json, pointer: str) -> tuple[str, Json]:
    wanted = texts(contract, "awardID", pointer)
    if wanted in release.repeated_awards:
        raise BadRelease(f"{pointer}/awardID", "ambiguous_award", "names an id that several different awards have")
    matches = [(at, a) for at, a in release.awards if texts(a, "id", at) == wanted]
    if not matches and wanted is None and len(release.awards) == 1:
        release.note("AWARD_ASSUMED", pointer)
        matches = release.awards
    return matches[0] if matches else (pointer, {})


def _signed(release: Release, contract: Json, pointer: str, award: Json, award_at: str, period: Json) -> str:
    for source, name, at, code in (
        (contract, "dateSigned", pointer, ""),
        (award, "date", award_at, "SIGNED_BY_AWARD"),
        (period, "startDate", pointer, "SIGNED_BY_PERIOD"),
    ):
        date = day(texts(source, name, at))
        if date:
            if code:
                release.note(code, pointer)
            return date
    release.note("SIGNED_BY_RELEASE", pointer)
    return release.since

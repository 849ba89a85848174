"""approval.json: the two signed ledger lines that promoted a release, stored in its folder."""

from models.canonical_json import canonical
from models.promotion.record import Line


def approval(proposal: Line, approved: Line) -> bytes:
    """Return the bytes of approval.json: proposer and approver, with both records and both signatures."""
    record = approved.record
    lines = (proposal, approved)
    signatures = [{**_signer(line), "record": line.record, "signature": line.signature} for line in lines]
    return canonical(
        {
            "approval_id": approved.id,
            "serial": approved.serial,
            **{key: record[key] for key in ("name", "version", "digest", "evidence", "from", "to")},
            "proposer": _signer(proposal),
            "approver": _signer(approved),
            "signatures": signatures,
        }
    )


def _signer(line: Line) -> dict[str, str]:
    return {"person": line.record["person"], "key": line.record["key"]}

"""approval.json: the two signed lines of the ledger that put a release into service, beside the release."""

from models.canonical_json import canonical
from models.promotion.record import Line


def approval(proposal: Line, approved: Line) -> bytes:
    """Return approval.json: what was proposed and approved, by whom, with both records and both signatures."""
    record = approved.record
    signatures = [{**_who(line), "record": line.record, "signature": line.signature} for line in (proposal, approved)]
    return canonical(
        {
            "approval_id": approved.id,
            "serial": approved.serial,
            **{key: record[key] for key in ("name", "version", "digest", "evidence", "from", "to")},
            "proposer": _who(proposal),
            "approver": _who(approved),
            "signatures": signatures,
        }
    )


def _who(line: Line) -> dict[str, str]:
    return {"person": line.record["person"], "key": line.record["key"]}

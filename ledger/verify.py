"""Verify the ledger: follow every chain and compare every payload with its digest."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from ledger.chain import GENESIS, Head, key_digest, link_of, payload_digest
from ledger.database import open_engine
from ledger.schema import chain, keys, scores


@dataclass(frozen=True)
class Finding:
    """One place where the ledger differs from what was written."""

    chain: str
    seq: int
    what: str


@dataclass
class Report:
    """The result of a verification.

    Entries removed from the end together with their payloads leave no trace in the file itself: they are found only
    by comparing `heads` with heads that were stored elsewhere.
    """

    entries: int = 0
    erased: int = 0
    findings: list[Finding] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)

    @property
    def intact(self) -> bool:
        """Whether there is no finding."""
        return not self.findings


def verify(file: Path, anchors: dict[str, Head] | None = None) -> Report:
    """Verify the ledger; `anchors` are heads stored elsewhere, which the chains must still contain."""
    report = Report()
    engine = open_engine(file, writing=False)
    with engine.connect() as connection:
        erased = set(connection.scalars(select(chain.c.ref).where(chain.c.kind == "erased")))
        for name in connection.scalars(select(chain.c.chain).distinct().order_by(chain.c.chain)).all():
            report.findings += _walk(connection, name, erased, report, (anchors or {}).get(name))
        report.findings += [*_payloads_without_entry(connection), *_changed_keys(connection)]
        missing = [anchor for name, anchor in (anchors or {}).items() if name not in report.heads]
        report.findings += [Finding(anchor.chain, anchor.seq, "the whole chain is gone") for anchor in missing]
    engine.dispose()
    return report


def _walk(
    connection: Connection, name: str, erased: set[str], report: Report, anchor: Head | None
) -> Iterator[Finding]:
    payload = select(
        chain, scores.c.score_id, *(scores.c[part] for part in ("tenant", "salt", "request", "inputs", "answer"))
    )
    joined = payload.join(scores, (scores.c.chain == chain.c.chain) & (scores.c.score_id == chain.c.ref), isouter=True)
    head = Head(name, 0, GENESIS)
    rows = connection.execute(
        joined.where(chain.c.chain == name).order_by(chain.c.seq), execution_options={"yield_per": 2000}
    )
    for row in rows.mappings():
        entry: dict[str, Any] = dict(row)
        report.entries += 1
        if entry["seq"] != head.seq + 1:
            yield Finding(name, head.seq + 1, "entries are missing here")
        if not _matches(lambda: link_of(entry, head.link), entry["link"]):  # noqa: B023  # Called at once.
            yield Finding(name, entry["seq"], "the entry is not what was written, or not in this place")
        if entry["kind"] == "score":
            yield from _payload(entry, erased, report)
        head = Head(name, entry["seq"], entry["link"])
        if anchor and anchor.seq == head.seq and anchor.link != head.link:
            yield Finding(name, head.seq, "the chain was rewritten since its head was kept elsewhere")
    if anchor and anchor.seq > head.seq:
        yield Finding(name, head.seq + 1, "the chain was cut off since its head was kept elsewhere")
    report.heads[name] = head


def _matches(digest: Callable[[], bytes], expected: bytes) -> bool:
    """Return whether a digest is the expected one; values of a type that was never written have no digest."""
    try:
        return digest() == expected
    except (TypeError, AttributeError):
        return False


def _payload(entry: dict[str, Any], erased: set[str], report: Report) -> Iterator[Finding]:
    if entry["score_id"] is None:
        if entry["ref"] in erased:
            report.erased += 1
        else:
            yield Finding(entry["chain"], entry["seq"], "the payload is gone and was not erased by the program")
    elif not _matches(lambda: payload_digest(entry), entry["digest"]):
        yield Finding(entry["chain"], entry["seq"], "the payload was changed")


def _payloads_without_entry(connection: Connection) -> Iterator[Finding]:
    """Payloads without an entry: the chain was cut, or a score was inserted."""
    own = (chain.c.chain == scores.c.chain) & (chain.c.seq == scores.c.seq) & (chain.c.ref == scores.c.score_id)
    stray = select(scores.c.chain, scores.c.seq).join(chain, own, isouter=True).where(chain.c.seq.is_(None))
    for row in connection.execute(stray):
        yield Finding(row.chain, row.seq, "there is a payload here without its entry")


def _changed_keys(connection: Connection) -> Iterator[Finding]:
    latest = select(chain.c.ref, func.max(chain.c.seq).label("seq")).where(chain.c.kind == "key").group_by(chain.c.ref)
    last = latest.subquery()
    entries = (
        select(chain).join(last, (last.c.ref == chain.c.ref) & (last.c.seq == chain.c.seq)).where(chain.c.kind == "key")
    )
    recorded = {row["ref"]: row for row in connection.execute(entries).mappings()}
    present = {row["key_id"]: row for row in connection.execute(select(keys)).mappings()}
    for key_id, row in present.items():
        entry = recorded.pop(key_id, None)
        if entry is None:
            yield Finding("command-line", 0, f"key {key_id} was never recorded")
        elif not _matches(lambda: key_digest(dict(row)), entry["digest"]):  # noqa: B023  # Called at once.
            yield Finding(entry["chain"], entry["seq"], f"key {key_id} was changed")
    for key_id, entry in recorded.items():
        yield Finding(entry["chain"], entry["seq"], f"key {key_id} is gone")

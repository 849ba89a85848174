"""Verify the ledger: follow every chain and compare every payload with its digest."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, Select, func, select

from ledger.chain import GENESIS, SCORES, Head, key_digest, link_of, payload_digest
from ledger.database import open_engine
from ledger.schema import PAYLOAD, chain, keys, scores

SLICE_ROWS: Final = 500
"""Rows that one transaction reads: some milliseconds, for which a commit may have to wait."""


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
    """Verify the ledger; `anchors` are heads stored elsewhere, which the chains must still contain.

    It reads slices of rows, each in a transaction of its own, and checks them between the transactions: a service that
    records meanwhile never waits for more than one slice.
    """
    report = Report()
    engine = open_engine(file, writing=False)
    try:
        erased = _erased(engine)
        for name in _read(engine, select(chain.c.chain).distinct().order_by(chain.c.chain)):
            report.findings += _walk(engine, name["chain"], erased, report, (anchors or {}).get(name["chain"]))
        report.findings += [*_payloads_without_entry(engine), *_changed_keys(engine)]
    finally:
        engine.dispose()
    missing = [anchor for name, anchor in (anchors or {}).items() if name not in report.heads]
    report.findings += [Finding(anchor.chain, anchor.seq, "the whole chain is gone") for anchor in missing]
    return report


def _read(engine: Engine, query: Select[Any]) -> list[dict[str, Any]]:
    """Return the rows of one short transaction."""
    with engine.begin() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def _erased(engine: Engine) -> set[str]:
    """Return the ids of the erased scores."""
    refs: set[str] = set()
    for name in _read(engine, select(chain.c.chain).distinct()):
        of_chain, seq = chain.c.chain == name["chain"], None
        while rows := _read(engine, _after(select(chain.c.seq, chain.c.ref, chain.c.kind).where(of_chain), seq)):
            refs |= {row["ref"] for row in rows if row["kind"] == "erased"}
            seq = rows[-1]["seq"]
    return refs


def _after(query: Select[Any], seq: int | None) -> Select[Any]:
    """Return the slice of a chain's entries after one of them; without one, the first slice."""
    query = query if seq is None else query.where(chain.c.seq > seq)
    return query.order_by(chain.c.seq).limit(SLICE_ROWS)


def _walk(engine: Engine, name: str, erased: set[str], report: Report, anchor: Head | None) -> Iterator[Finding]:
    payload = select(chain, *(scores.c[part] for part in PAYLOAD))
    joined = payload.join(scores, (scores.c.chain == chain.c.chain) & (scores.c.score_id == chain.c.ref), isouter=True)
    head, last = Head(name, 0, GENESIS), None
    while rows := _read(engine, _after(joined.where(chain.c.chain == name), last)):
        last = rows[-1]["seq"]
        if any(row["kind"] in SCORES and row["score_id"] is None and row["ref"] not in erased for row in rows):
            erased |= _erased(engine)  # It may have been erased since.
        for entry in rows:
            yield from _entry(entry, head, erased, report)
            head = Head(name, entry["seq"], entry["link"])
            if anchor and anchor.seq == head.seq and anchor.link != head.link:
                yield Finding(name, head.seq, "the chain was rewritten since its head was kept elsewhere")
    if anchor and anchor.seq > head.seq:
        yield Finding(name, head.seq + 1, "the chain was cut off since its head was kept elsewhere")
    report.heads[name] = head


def _entry(entry: dict[str, Any], before: Head, erased: set[str], report: Report) -> Iterator[Finding]:
    report.entries += 1
    if entry["seq"] != before.seq + 1:
        yield Finding(before.chain, before.seq + 1, "entries are missing here")
    if not _matches(lambda: link_of(entry, before.link), entry["link"]):
        yield Finding(before.chain, entry["seq"], "the entry is not what was written, or not in this place")
    if entry["kind"] in SCORES:
        yield from _payload(entry, erased, report)


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
    elif not _matches(lambda: payload_digest(entry, entry["kind"]), entry["digest"]):
        yield Finding(entry["chain"], entry["seq"], "the payload was changed")


def _payloads_without_entry(engine: Engine) -> Iterator[Finding]:
    """Payloads without an entry: the chain was cut, or a score was inserted."""
    own = (chain.c.chain == scores.c.chain) & (chain.c.seq == scores.c.seq) & (chain.c.ref == scores.c.score_id)
    columns = (scores.c.row, scores.c.chain, scores.c.seq, chain.c.seq.label("entry"))
    joined, last = select(*columns).join(chain, own, isouter=True).order_by(scores.c.row).limit(SLICE_ROWS), None
    while rows := _read(engine, joined if last is None else joined.where(scores.c.row > last)):
        last = rows[-1]["row"]
        for row in rows:
            if row["entry"] is None:
                yield Finding(row["chain"], row["seq"], "there is a payload here without its entry")


def _changed_keys(engine: Engine) -> Iterator[Finding]:
    latest = select(chain.c.ref, func.max(chain.c.seq).label("seq")).where(chain.c.kind == "key").group_by(chain.c.ref)
    last = latest.subquery()
    entries = (
        select(chain).join(last, (last.c.ref == chain.c.ref) & (last.c.seq == chain.c.seq)).where(chain.c.kind == "key")
    )
    with engine.begin() as connection:  # Keys are few; both reads see one state.
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

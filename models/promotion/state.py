"""What a promotion ledger comes to: which proposals are open, and who is champion of which purpose.

The rules of promotion stand here once. A verb asks them before it signs a line, and reading asks them again of every
line that was ever signed: a ledger in which one person promoted alone is refused, however it came about.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from models.promotion.people import folded
from models.promotion.record import APPROVE, PROPOSE, REJECT, ROLLBACK, Line, Record, other_release


@dataclass(frozen=True)
class Reign:
    """A scorecard as the champion of one purpose: the approval that made it one, and the last word that says so."""

    approval: Line
    word: Line  # the approval, or the rollback that came back to it


@dataclass(frozen=True)
class Standing:
    """Where promotion stands after some lines.

    Attributes:
        proposals: every proposal, by its serial number.
        ends: the line that ended a proposal: its approval, its rejection, or the next proposal of the same name.
        reigns: by purpose, those that a rollback can come back to, oldest first; the last is the champion's.
    """

    proposals: Mapping[int, Line] = field(default_factory=dict)
    ends: Mapping[int, Line] = field(default_factory=dict)
    reigns: Mapping[str, tuple[Reign, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Self:
        """Return what lines come to that hold."""
        standing = cls()
        for line in lines:
            standing = standing.after(line)
        return standing

    @property
    def open(self) -> tuple[Line, ...]:
        """Proposals that wait for a second person."""
        return tuple(line for serial, line in self.proposals.items() if serial not in self.ends)

    def champion(self, purpose: str) -> Reign | None:
        """Return the reign in force."""
        reigns = self.reigns.get(purpose, ())
        return reigns[-1] if reigns else None

    def before(self, purpose: str) -> Line | None:
        """Return the approval that a rollback of the purpose comes back to."""
        reigns = self.reigns.get(purpose, ())
        return reigns[-2].approval if len(reigns) > 1 else None

    def present(self, purposes: Iterable[str]) -> dict[str, str | None]:
        """Return the digest of each purpose's champion."""
        found = {purpose: self.champion(purpose) for purpose in purposes}
        return {purpose: reign.approval.record["digest"] if reign else None for purpose, reign in found.items()}

    def after(self, line: Line) -> Self:
        """Return the standing after one more line that holds."""
        record = line.record
        if line.act == PROPOSE:
            withdrawn = {p.serial: line for p in self.open if p.record["name"] == record["name"]}
            return replace(self, proposals={**self.proposals, line.serial: line}, ends={**self.ends, **withdrawn})
        if line.act == ROLLBACK:
            kept = {p: (*self.reigns[p][:-2], replace(self.reigns[p][-2], word=line)) for p in record["purposes"]}
            return replace(self, reigns={**self.reigns, **kept})
        ends = {**self.ends, record["proposal"]: line}
        if line.act == REJECT:
            return replace(self, ends=ends)
        return replace(
            self, ends=ends, reigns={**self.reigns, **{p: self._crowned(p, line) for p in record["purposes"]}}
        )

    def _crowned(self, purpose: str, line: Line) -> tuple[Reign, ...]:
        """The reigns with an approved one; a champion approved once more reigns on, and is not what was before it."""
        others = self.reigns.get(purpose, ())
        if others and others[-1].approval.record["digest"] == line.record["digest"]:
            others = others[:-1]
        return (*others, Reign(line, line))

    def fault(self, record: Record) -> str:
        """Say what forbids an act of the right shape now, or nothing."""
        rule = {PROPOSE: self._of_a_proposal, APPROVE: self._of_an_approval, REJECT: self._of_an_answer}
        told = rule.get(record["act"], self._of_a_rollback)(record)
        if told or "from" not in record:
            return told
        if record["from"] != self.present(record["purposes"]):
            return "its 'from' is not the champion at that time"
        return ""

    def _of_a_proposal(self, record: Record) -> str:
        for line in self.proposals.values():
            same_place = (line.record["name"], line.record["version"]) == (record["name"], record["version"])
            if same_place and other_release(line.record, record):
                return (
                    f"version {record['version']} of {record['name']} is that of another scorecard, line {line.serial}"
                )
        return ""

    def _of_an_answer(self, record: Record) -> str:
        """Say what forbids answering a proposal: approving or rejecting it."""
        serial = record["proposal"]
        proposal = self.proposals.get(serial)
        if proposal is None:
            return f"there is no proposal {serial}"
        if serial in self.ends:
            return f"proposal {serial} {_end(self.ends[serial])}"
        other = other_release(proposal.record, record)
        if record["purposes"] != proposal.record["purposes"]:
            other = "purposes"
        return f"its {other!r} is not that of proposal {serial}" if other else ""

    def _of_an_approval(self, record: Record) -> str:
        told = self._of_an_answer(record)
        if told:
            return told
        proposer = self.proposals[record["proposal"]].record
        if folded(record["person"]) == folded(proposer["person"]):
            return f"it was proposed by {proposer['person']}, and must be approved by another person"
        if record["key"] == proposer["key"]:
            return f"it was proposed by {proposer['person']} with the same key, and must be approved by another person"
        return ""

    def _of_a_rollback(self, record: Record) -> str:
        for purpose in record["purposes"]:
            before = self.before(purpose)
            if before is None:
                return f"nothing was champion of {purpose} before what is now"
            if record["approval"] != before.serial or other_release(before.record, record):
                return f"it is not what was champion of {purpose} before"
        return ""


def _end(line: Line) -> str:
    """How a proposal ended, in words."""
    who = line.record["person"]
    if line.act == APPROVE:
        return f"was approved already, by {who} in line {line.serial}"
    if line.act == REJECT:
        return f"was rejected by {who} in line {line.serial}: {line.record['reason']}"
    return f"was withdrawn by a later one of {line.record['name']}, line {line.serial}"

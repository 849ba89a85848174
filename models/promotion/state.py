"""The state of promotion and its rules: which proposals are open, and which release is champion of which purpose.

The rules are applied twice: before a line is signed, and to every line when the ledger is read. So a ledger in which
one person promoted alone is refused, however it was made.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from models.promotion.people import folded
from models.promotion.record import APPROVE, PROPOSE, REJECT, ROLLBACK, WITHDRAW, Line, Record, other_release


@dataclass(frozen=True)
class Term:
    """One term of a release as champion of a purpose: the approval that started it and its latest line."""

    approval: Line
    latest: Line  # the approval, or the rollback that came back to it


@dataclass(frozen=True)
class PromotionState:
    """The state of promotion after some lines of the ledger.

    Attributes:
        proposals: every proposal, by its serial number.
        ends: the line that ended a proposal: its approval, its rejection, or the next proposal of the same name.
        terms: by purpose, those that a rollback can come back to, oldest first; the last is the champion's.
    """

    proposals: Mapping[int, Line] = field(default_factory=dict)
    ends: Mapping[int, Line] = field(default_factory=dict)
    terms: Mapping[str, tuple[Term, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Self:
        """Return the state after verified lines."""
        state = cls()
        for line in lines:
            state = state.after(line)
        return state

    @property
    def open_proposals(self) -> tuple[Line, ...]:
        """Proposals that wait for a second person."""
        return tuple(line for serial, line in self.proposals.items() if serial not in self.ends)

    def champion(self, purpose: str) -> Term | None:
        """Return the current term of a purpose, or None."""
        terms = self.terms.get(purpose, ())
        return terms[-1] if terms else None

    def previous_approval(self, purpose: str) -> Line | None:
        """Return the approval that a rollback of the purpose restores, or None."""
        terms = self.terms.get(purpose, ())
        return terms[-2].approval if len(terms) > 1 else None

    def champion_digests(self, purposes: Iterable[str]) -> dict[str, str | None]:
        """Return the digest of each purpose's champion."""
        champions = {purpose: self.champion(purpose) for purpose in purposes}
        return {purpose: term.approval.record["digest"] if term else None for purpose, term in champions.items()}

    def after(self, line: Line) -> Self:
        """Return the state after one more verified line."""
        record = line.record
        if line.act == PROPOSE:
            withdrawn = {p.serial: line for p in self.open_proposals if p.record["name"] == record["name"]}
            return replace(self, proposals={**self.proposals, line.serial: line}, ends={**self.ends, **withdrawn})
        if line.act == ROLLBACK:
            returned = {p: (*self.terms[p][:-2], replace(self.terms[p][-2], latest=line)) for p in record["purposes"]}
            return replace(self, terms={**self.terms, **returned})
        if line.act == WITHDRAW:
            remaining = {purpose: terms for purpose, terms in self.terms.items() if purpose not in record["purposes"]}
            return replace(self, terms=remaining)
        ends = {**self.ends, record["proposal"]: line}
        if line.act == REJECT:
            return replace(self, ends=ends)
        return replace(
            self, ends=ends, terms={**self.terms, **{p: self._terms_after(p, line) for p in record["purposes"]}}
        )

    def _terms_after(self, purpose: str, line: Line) -> tuple[Term, ...]:
        """The terms after an approval; a second approval of the present champion replaces its term."""
        others = self.terms.get(purpose, ())
        if others and others[-1].approval.record["digest"] == line.record["digest"]:
            others = others[:-1]
        return (*others, Term(line, line))

    def fault(self, record: Record) -> str:
        """Return the rule that a well-formed record breaks in this state, or an empty string."""
        rule = {
            PROPOSE: self._proposal_fault,
            APPROVE: self._approval_fault,
            REJECT: self._decision_fault,
            WITHDRAW: self._withdrawal_fault,
        }
        fault = rule.get(record["act"], self._rollback_fault)(record)
        if fault or "from" not in record:
            return fault
        if record["from"] != self.champion_digests(record["purposes"]):
            return "its 'from' is not the champion at that time"
        return ""

    def _proposal_fault(self, record: Record) -> str:
        for line in self.proposals.values():
            same_place = (line.record["name"], line.record["version"]) == (record["name"], record["version"])
            if same_place and other_release(line.record, record):
                return f"version {record['version']} of {record['name']} is another scorecard, line {line.serial}"
        return ""

    def _decision_fault(self, record: Record) -> str:
        """Return why a proposal cannot be approved or rejected, or an empty string."""
        serial = record["proposal"]
        proposal = self.proposals.get(serial)
        if proposal is None:
            return f"there is no proposal {serial}"
        if serial in self.ends:
            return f"proposal {serial} {_end(self.ends[serial])}"
        other = other_release(proposal.record, record)
        if record["purposes"] != proposal.record["purposes"]:
            other = "purposes"
        return f"its {other!r} differs from proposal {serial}" if other else ""

    def _approval_fault(self, record: Record) -> str:
        fault = self._decision_fault(record)
        if fault:
            return fault
        proposer = self.proposals[record["proposal"]].record
        if folded(record["person"]) == folded(proposer["person"]):
            return f"it was proposed by {proposer['person']}, and must be approved by another person"
        if record["key"] == proposer["key"]:
            return f"it was proposed by {proposer['person']} with the same key, and must be approved by another person"
        return ""

    def _withdrawal_fault(self, record: Record) -> str:
        for purpose in record["purposes"]:
            term = self.champion(purpose)
            if term is None:
                return f"{purpose} has no champion"
            if other_release(term.approval.record, record):
                return f"it is not the champion of {purpose}"
        return ""

    def _rollback_fault(self, record: Record) -> str:
        for purpose in record["purposes"]:
            previous = self.previous_approval(purpose)
            if previous is None:
                return f"{purpose} has no previous champion"
            if record["approval"] != previous.serial or other_release(previous.record, record):
                return f"it is not the previous champion of {purpose}"
        return ""


def _end(line: Line) -> str:
    """Return in words how a proposal ended."""
    who = line.record["person"]
    if line.act == APPROVE:
        return f"was approved already, by {who} in line {line.serial}"
    if line.act == REJECT:
        return f"was rejected by {who} in line {line.serial}: {line.record['reason']}"
    return f"was replaced by a later proposal of {line.record['name']}, line {line.serial}"

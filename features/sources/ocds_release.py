"""One OCDS release → rows of the canonical tables."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from features.sources.ocds_ends import end_of, milestone_end
from features.sources.ocds_parties import Parties
from features.sources.ocds_shapes import BadRelease, amount, day, listed, named, texts, within
from features.tables import CATEGORIES, METHODS

__all__ = ["BadRelease", "ReleaseRows"]

Json = dict[str, Any]
Wrong = tuple[str, str, str] | None
Row = tuple[str, dict[str, object], str, Wrong]

_NO_SUPPLIER = ("supplier_id", "no_supplier", "has no award that names a supplier")
_ACCEPTING = {"approval", "assessment"}  # milestone types that stand for acceptance
_OTHER_MILESTONES = {"preProcurement", "engagement", "reporting", "financing"}


@dataclass
class ReleaseRows:
    """The rows of one release, all known on its date.

    Attributes:
        at: JSON pointer of the release.
        known_at: its date.
        notes: how often something had to be taken from elsewhere or left out.
    """

    release: Json
    at: str
    ocid: str
    known_at: str
    rows: list[Row] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, release: Any, at: str) -> "ReleaseRows":
        """Make the rows of a release; BadRelease if any part of it that is read has the wrong shape."""
        if not isinstance(release, dict):
            raise BadRelease(at, "bad_shape", "is no object")
        ocid, date = texts(release, "ocid", at), texts(release, "date", at)
        for name, value in (("ocid", ocid), ("date", date)):
            if value is None:
                raise BadRelease(f"{at}/{name}", "missing_value", "is required")
        made = cls(release, at, str(ocid), day(date) or str(date))
        made._make()
        return made

    def _make(self) -> None:
        self.tender = within(self.release, "tender", self.at)
        self.period = within(self.tender, "tenderPeriod", f"{self.at}/tender")
        self.awards = listed(self.release, "awards", self.at)
        self.contracts = listed(self.release, "contracts", self.at)
        self.parties = Parties.of(self.release, self.tender, self.awards, self.at)
        self.buyer_id = self.parties.buyer_id
        for table, values, pointer in self.parties.rows():
            self._add(table, values, pointer)
        if self.tender:
            self._add_tender()
        self._add_stages()
        self._add_bids()
        for pointer, contract in self.contracts:
            self._add_contract(contract, pointer)

    def _add(self, table: str, values: Mapping[str, object], pointer: str, wrong: Wrong = None) -> None:
        clock = {"known_at": self.known_at, "source": "ocds", "source_ref": texts(self.release, "id", self.at)}
        self.rows.append((table, {**values, **clock}, pointer, wrong))

    # ---- tender, stages, bids

    def _add_tender(self) -> None:
        at = f"{self.at}/tender"
        value = within(self.tender, "value", at)
        self._add(
            "tenders",
            {
                "tender_id": self.ocid,
                "buyer_id": self.buyer_id,
                **self._manner(),
                "estimate": amount(value),
                "currency": named(value, "currency"),
                "published_on": self._published(),
                "deadline": day(texts(self.period, "endDate", at)),
                "awarded_on": min(self._award_dates(), default=None),
            },
            at,
        )

    def _manner(self) -> dict[str, object]:
        method, category = named(self.tender, "procurementMethod"), named(self.tender, "mainProcurementCategory")
        return {
            "method": method if method in METHODS else "other" if method else None,
            "category": category if category in CATEGORIES else None,
        }

    def _published(self) -> str:
        start = day(texts(self.period, "startDate", self.at))
        if start is None:
            self.notes["a tender without a start of its period counts as published on its release's date"] += 1
        return start or self.known_at

    def _award_dates(self) -> list[str]:
        return [d for pointer, award in self.awards if (d := day(texts(award, "date", pointer)))]

    def _add_stages(self) -> None:
        """Add the disclosed stages that a release's sections stand for."""
        tender_id = self.ocid if self.tender else None
        planning = within(self.release, "planning", self.at)
        found: list[tuple[str, str, str, str | None]] = []
        if planning:
            found.append(("plan", "plan", self.known_at, None))
            if within(planning, "budget", f"{self.at}/planning"):
                found.append(("budget", "budget", self.known_at, None))
        if self.tender:
            found.append(("process", "process", day(texts(self.period, "startDate", self.at)) or self.known_at, None))
        for pointer, award in self.awards:
            name = f"result/{texts(award, 'id', pointer)}"
            found.append((name, "result", day(texts(award, "date", pointer)) or self.known_at, None))
        for name, stage, date, contract_id in found:
            row = {"stage_id": f"{self.ocid}/{name}", "tender_id": tender_id, "contract_id": contract_id}
            self._add("stages", {**row, "stage": stage, "occurred_at": date}, self.at)

    def _add_bids(self) -> None:
        details = listed(within(self.release, "bids", self.at), "details", f"{self.at}/bids")
        bidders = self.tender.get("numberOfTenderers") or len(details) or None
        closed = day(texts(self.period, "endDate", self.at))
        common = {"tender_id": self.ocid, "buyer_id": self.buyer_id, "bidders": bidders}
        for pointer, bid in details:
            self._add_bid(bid, pointer, closed, common)
        for pointer, award in self.awards if not details else []:
            if named(award, "status") not in {None, "active"}:
                self.notes["an award that is not active gives no bid"] += 1
                continue
            decided = day(texts(award, "date", pointer)) or self.known_at
            value = within(award, "value", pointer)
            for i, (_, mention) in enumerate(listed(award, "suppliers", pointer)):
                row = {
                    "bid_id": f"{self.ocid}/award/{texts(award, 'id', pointer)}/{i}",
                    "supplier_id": self.parties.id_of(mention, pointer),
                    "amount": amount(value),
                    "currency": named(value, "currency"),
                    "result": "won",
                    "decided_on": decided,
                    "occurred_at": min(closed, decided) if closed else decided,
                }
                self._add("bids", {**common, **row}, pointer)

    def _add_bid(self, bid: Json, pointer: str, closed: str | None, common: dict[str, object]) -> None:
        value, bid_id = within(bid, "value", pointer), texts(bid, "id", pointer)
        dates = self._award_dates()
        for i, (at, mention) in enumerate(listed(bid, "tenderers", pointer)):
            supplier = self.parties.id_of(mention, at)
            status = named(bid, "status")
            won = any(
                supplier == self.parties.id_of(m, at) or named(award, "relatedBid") == bid_id
                for award_at, award in self.awards
                if named(award, "status") in {None, "active"}
                for _, m in listed(award, "suppliers", award_at)
            )
            if status not in {"disqualified", "withdrawn"} and not self.awards:
                self.notes["a bid that is not decided yet is left out"] += 1
                continue
            row = {
                "bid_id": f"{self.ocid}/bid/{bid_id}/{i}",
                "supplier_id": supplier,
                "amount": amount(value),
                "currency": named(value, "currency"),
                "result": status if status in {"disqualified", "withdrawn"} else "won" if won else "lost",
                "decided_on": min(dates, default=self.known_at),
                "occurred_at": day(texts(bid, "date", pointer)) or closed or self.known_at,
            }
            self._add("bids", {**common, **row}, pointer)

    # ---- contracts and what hangs on them

    def _add_contract(self, contract: Json, pointer: str) -> None:
        own_id = texts(contract, "id", pointer)
        if own_id is None:
            raise BadRelease(f"{pointer}/id", "missing_value", "is required")
        contract_id = f"{self.ocid}/{own_id}"
        award_at, award = self._award_of(contract, pointer)
        value = within(contract, "value", pointer) or within(award, "value", award_at)
        period = within(contract, "period", pointer) or within(award, "contractPeriod", award_at)
        milestones = self._milestones(contract, pointer)
        signed = self._signed(contract, pointer, award, award_at, period)
        row: dict[str, object] = {
            "contract_id": contract_id,
            "buyer_id": self.buyer_id,
            "tender_id": self.ocid if self.tender else None,
            "kind": "contract",
            **self._manner(),
            "amount": amount(value),
            "currency": named(value, "currency"),
            "signed_on": signed,
            "starts_on": day(texts(period, "startDate", pointer)),
            "ends_on": day(texts(period, "endDate", pointer)),
            **end_of(contract, period, self.known_at, [m for _, m in milestones], self.notes),
        }
        suppliers = list(dict.fromkeys(self.parties.id_of(m, at) for at, m in listed(award, "suppliers", award_at)))
        members = len(suppliers)
        joint = {"members": members, "share": f"{1 / members:.8f}"} if members > 1 else {}
        for supplier in suppliers or [None]:
            wrong = None if supplier else _NO_SUPPLIER
            self._add("contracts", {**row, **joint, "supplier_id": supplier}, pointer, wrong)
        self._add_children(contract, contract_id, pointer, signed, milestones)

    def _award_of(self, contract: Json, pointer: str) -> tuple[str, Json]:
        wanted = texts(contract, "awardID", pointer)
        found = [(at, a) for at, a in self.awards if texts(a, "id", at) == wanted]
        if not found and wanted is None and len(self.awards) == 1:
            self.notes["a contract that names no award belongs to the only one"] += 1
            found = self.awards
        return found[0] if found else (pointer, {})

    def _signed(self, contract: Json, pointer: str, award: Json, award_at: str, period: Json) -> str:
        for source, name, at, called in (
            (contract, "dateSigned", pointer, ""),
            (award, "date", award_at, "its award"),
            (period, "startDate", pointer, "the start of its period"),
        ):
            date = day(texts(source, name, at))
            if date:
                if called:
                    self.notes[f"a contract without a date of signing takes that of {called}"] += 1
                return date
        self.notes["a contract without a date of signing takes that of its release"] += 1
        return self.known_at

    def _milestones(self, contract: Json, pointer: str) -> list[tuple[str, Json]]:
        implementation = within(contract, "implementation", pointer)
        found = listed(implementation, "milestones", f"{pointer}/implementation")
        kept = []
        for at, milestone in [*found, *listed(contract, "milestones", pointer)]:
            if named(milestone, "type") in _OTHER_MILESTONES:
                self.notes["a milestone that is neither delivery nor acceptance is left out"] += 1
            else:
                kept.append((at, milestone))
        return kept

    def _add_children(
        self, contract: Json, contract_id: str, pointer: str, signed: str, milestones: list[tuple[str, Json]]
    ) -> None:
        stage = {"stage_id": f"{contract_id}/contract", "contract_id": contract_id, "stage": "contract"}
        self._add("stages", {**stage, "occurred_at": signed}, pointer)
        for i, (at, milestone) in enumerate(milestones):
            ended = milestone_end(milestone, at, self.known_at)
            if ended is None:
                self.notes["a milestone met after its due date or before it, no one knows: it is left out"] += 1
                continue
            row = {
                "milestone_id": f"{contract_id}/{texts(milestone, 'id', at) or i}",
                "contract_id": contract_id,
                "kind": "acceptance" if named(milestone, "type") in _ACCEPTING else "delivery",
                "due_on": day(texts(milestone, "dueDate", at)),
            }
            self._add("milestones", {**row, **ended}, at)
        self._add_payments(contract, contract_id, pointer)
        self._add_amendments(contract, contract_id, pointer)

    def _add_payments(self, contract: Json, contract_id: str, pointer: str) -> None:
        implementation = within(contract, "implementation", pointer)
        for i, (at, paid) in enumerate(listed(implementation, "transactions", f"{pointer}/implementation")):
            value = within(paid, "value", at) or within(paid, "amount", at)  # 1.0 called it `amount`
            date = day(texts(paid, "date", at))
            if date is None:
                self.notes["a transaction without a date counts as paid on its release's date"] += 1
            row = {
                "payment_id": f"{contract_id}/{texts(paid, 'id', at) or i}",
                "contract_id": contract_id,
                "amount": amount(value),
                "currency": named(value, "currency"),
                "paid_on": date or self.known_at,
            }
            self._add("payments", row, at)

    def _add_amendments(self, contract: Json, contract_id: str, pointer: str) -> None:
        older = within(contract, "amendment", pointer)  # version 1.0 had one
        amendments = listed(contract, "amendments", pointer) or ([(f"{pointer}/amendment", older)] if older else [])
        for i, (at, amendment) in enumerate(amendments):
            row = {
                "amendment_id": f"{contract_id}/{texts(amendment, 'id', at) or i}",
                "contract_id": contract_id,
                "reason": texts(amendment, "rationale", at) or texts(amendment, "description", at),
                "occurred_at": day(texts(amendment, "date", at)) or self.known_at,
            }
            self._add("amendments", row, at)

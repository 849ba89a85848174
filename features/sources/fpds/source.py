"""US federal contract actions (FPDS): one line an award or a modification, with the reason of the modification.

Every line is an *action*, known on the day it was signed. An award becomes a contract, every later action an amendment
with its reason. The reason gives the end of a contract: terminations for default or cause, and for convenience, are
early ends that only the amendment's reason distinguishes (outcomes leave the latter out: the supplier did not cause
it), a legal cancellation is `cancelled`, a close-out is completion.

The publisher gives the planned end of work, never the real one: a planned end alone would make every contract without a
close-out look abandoned, so `ends_on` is set only together with `end_state`. Half of the contracts were awarded before
the file begins. Such a contract begins with its first action in the file, signed on the earliest day that the action
names, with amount 0: what was agreed before is unknown, and later changes are in its amendments.
"""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from features.errors import InputError
from features.intake.counts import RecordCount
from features.intake.intake import Intake
from features.sources.fpds.actions import COLUMNS, Action, action_of
from features.sources.names import is_company, normal
from features.sources.parties import Parties
from features.sources.records import records
from features.sources.report import SourceReport
from features.sources.rows import Rows

CURRENCY = "USD"
TZ = "America/New_York"

_STAND_IN = re.compile(r"^MISCELLANEOUS FOREIGN |\(UNDISCLOSED\)$|CONSOLIDATED REPORTING$")
_TEST = "TEST TEST"  # a bureau's description of test actions in its own system
_SIZES = {"SMALL BUSINESS": "small", "OTHER THAN SMALL BUSINESS": "large"}
_ENDS = {
    "TERMINATE FOR DEFAULT (COMPLETE OR PARTIAL)": "terminated_early",
    "TERMINATE FOR CAUSE": "terminated_early",
    "TERMINATE FOR CONVENIENCE (COMPLETE OR PARTIAL)": "terminated_early",
    "LEGAL CONTRACT CANCELLATION": "cancelled",
    "CLOSE OUT": "completed",
}


def recognises(source: Path) -> bool:
    """Whether a file, or one in the folder, has the publisher's file name."""
    return _file(source) is not None


def read(source: Path, intake: Intake) -> SourceReport:
    """Read the contracts from their actions, and the parties from each action."""
    file = _file(source)
    if file is None:
        raise InputError("There is no file of contract actions here.", where=str(source), fix="Name its CSV file.")
    number = intake.file(file.name)
    rows, notes, excluded = Rows(intake), Counter[str](), Counter[str]()
    actions: list[Action] = []
    read = 0
    for line, record in records(file, COLUMNS):
        read += 1
        if record["Description of Requirement"].upper() == _TEST:
            excluded["a test of the publisher's own system"] += 1
        elif _STAND_IN.search(record["Vendor Name"].upper()):
            excluded["a stand-in for vendors that are not distinguished"] += 1
        elif (action := action_of(line, record)) is None:
            undated = {"amendment_id": f"line-{line}", "contract_id": record["PIID"]}
            rows.add("amendments", {**undated, "occurred_at": record["Date Signed"]}, file=number, at=line)
        else:
            actions.append(action)
    actions.sort(key=lambda a: a.order)
    _add_parties(actions, rows, file=number)
    for _, of_contract in groupby(sorted(actions, key=lambda a: a.contract), key=lambda a: a.contract):
        notes.update(_add_contract(list(of_contract), rows, file=number))
    rows.finish()
    count = RecordCount(read, read - excluded.total(), excluded)
    ignored = tuple(sorted(p.name for p in source.iterdir() if p != file)) if source.is_dir() else ()
    return SourceReport({"actions": count}, notes, ignored)


def _add_parties(actions: Iterable[Action], rows: Rows, *, file: int) -> None:
    """Add suppliers and buyers from the actions' descriptions, each known since the first action that has it."""
    parties = Parties(rows, file)
    for action in actions:
        name = normal(action.record["Vendor Name"])
        firm: dict[str, str | None] = {
            "name": name,
            "kind": "legal_person" if is_company(name) else "other",
            "region": action.record["Vendor Address State Name"],
            "size_class": _SIZES.get(action.record["Contracting Officer's Business Size Determination"]),
        }
        parties.add("suppliers", action.supplier, firm, day=action.day, line=action.line)
        agency: dict[str, str | None] = {"name": normal(action.record["Contracting Agency Name"]), "level": "national"}
        parties.add("buyers", action.buyer, agency, day=action.day, line=action.line)
    parties.finish(source="fpds")


def _add_contract(actions: list[Action], rows: Rows, *, file: int) -> list[str]:
    """Add a contract's state after each day of actions, and its amendments; return notes on the substitutions."""
    first, notes = actions[0], []
    if not first.is_award:
        notes.append("the award is not in the file: signed by the earliest day its first action names, at amount 0")
    if first.is_award and any(a.is_award for a in actions[1:]):
        notes.append("an award in several actions: the later ones count as amendments")
    _add_amendments(actions[1:] if first.is_award else actions, rows, file=file, before=first)
    contract, supplier, row_added = first.terms, first.supplier, False
    for day, of_day in groupby(actions, key=lambda a: a.day):
        group = list(of_day)
        last, vendor = group[-1], group[-1].supplier or supplier
        ending = next((a for a in group if a.reason in _ENDS), None)
        changed = not row_added
        if ending and "end_state" not in contract:
            contract, changed = {**contract, **_end(ending)}, True
        elif ending or "end_state" in contract:
            notes.append("a day of actions after a contract's end: it stays ended")
        if vendor != supplier:
            if row_added:
                retraction = {**contract, "supplier_id": supplier, "retracted": "true"}
                # Just before the new row is known: the contract never has two vendors.
                rows.add("contracts", {**retraction, "known_at": f"{day}T23:59:59.999998"}, file=file, at=last.line)
                notes.append("a contract that passed to another vendor: its row is retracted and entered again")
            supplier, changed = vendor, True
        if changed:
            row = {**contract, "supplier_id": supplier, "known_at": day.isoformat()}
            rows.add("contracts", row, file=file, at=last.line)
            row_added = True
    return notes


def _end(action: Action) -> dict[str, str | None]:
    """Columns of the contract's end; a close-out counts as completed on the due day, since it comes months later."""
    state, ended, due = _ENDS[action.reason], action.day, action.completion
    if state == "completed" and due is not None:
        ended = min(ended, due)
    return {"end_state": state, "ended_on": ended.isoformat(), "ends_on": due.isoformat() if due else None}


def _add_amendments(actions: list[Action], rows: Rows, *, before: Action, file: int) -> None:
    due = before.completion
    for action in actions:
        longer = (action.completion - due).days if action.completion and due else None
        amendment = {
            "amendment_id": action.id,
            "contract_id": action.contract,
            "amount_change": action.amount,
            "days_change": longer,
            "reason": action.reason or None,
            "occurred_at": action.day.isoformat(),
            "source": "fpds",
            "source_ref": action.record["Modification Number"],
        }
        rows.add("amendments", amendment, file=file, at=action.line)
        due = action.completion or due


def _file(source: Path) -> Path | None:
    files = sorted(source.iterdir()) if source.is_dir() else [source]
    return next((f for f in files if f.name.startswith("fpds") and f.name.endswith((".csv", ".csv.gz"))), None)

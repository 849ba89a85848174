"""The flags `no_<subject>_history`: 1 where a supplier has nothing that a group of formulas counts.

A monotone constraint sends a missing value to the safe side, so every group of formulas has one unconstrained flag,
over the same rows as they count. A family has one flag for each kind of rows; the first bears the family's name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from features.declarations.families.acceptance import judged
from features.declarations.families.delivery import delivery
from features.declarations.families.family_list import FAMILIES
from features.declarations.families.invoices import purchase, sale
from features.declarations.families.purchases import PURCHASES
from features.declarations.feature import Example, Feature, Risk, Text, Unit


@dataclass(frozen=True)
class Subject:
    """What one flag is about, and the rows that its formulas count.

    Attributes:
        name: as in `no_<name>_history`.
        number: the flag's code is the family's letter and this number in three digits.
        on: the date without which a row counts nowhere, or None.
        where: the rows that count, or None for all.
        rests_on: the dated columns that a source must fill for its rows to count.
        features: names of the features it is for, where another flag of the family has the same table.
    """

    letter: str
    name: str
    number: int
    table: str
    label: Text
    on: str | None = None
    where: Callable[[Any], Any] | None = None
    rests_on: tuple[str, ...] = ()
    features: tuple[str, ...] = ()


def _first(letter: str, **counted: Any) -> Subject:
    family = FAMILIES[letter]
    return Subject(letter, family.name, 0, family.tables[0], family.label, **counted)


def estimated(m: Any) -> Any:
    """Bids of which both the amount and the tender's estimate are known."""
    return m.value.notnull() & m.tender_estimate.notnull()


SUBJECTS: tuple[Subject, ...] = (
    _first("T"),
    _first("D", on="due_on", where=delivery, rests_on=("met_on",)),
    Subject("D", "contract_end", 1, "contracts", Text("合同结束", "Ends of contracts"), on="ended_on"),
    Subject("D", "amendment", 2, "amendments", Text("合同变更", "Amendments")),
    Subject("D", "stage", 3, "stages", Text("采购阶段", "Stages")),
    _first("A", on="met_on", where=judged),
    _first("B"),
    Subject(
        *("B", "estimate", 1, "bids", Text("投标与预算", "Bids against estimates")),
        where=estimated,
        features=("bid_discount", "deep_discount_share"),
    ),
    _first("C"),
    _first("P", on="invoiced_on"),
    _first("V", where=sale),
    Subject(
        *("V", "purchase", 1, "invoices", Text("采购发票", "Purchase invoices")),
        where=purchase,
        features=tuple(f.name for f in PURCHASES),
    ),
    _first("I"),
    Subject("I", "dispute", 1, "disputes", Text("争议", "Disputes")),
    _first("F"),
    Subject("F", "firm_event", 1, "firm_events", Text("企业事件", "Events of the firm")),
    _first("L"),
    Subject("L", "repayment", 1, "repayments", Text("还款报告", "Repayment reports")),
)
"""Every subject, by family; each family's first bears its name."""


def _flag(subject: Subject) -> Feature:
    def formula(m: Any) -> Any:
        return m.count() == 0

    counted = "no visible row" if subject.where is None and subject.on is None else "no row that counts"
    return Feature(
        name=f"no_{subject.name}_history",
        code=f"{subject.letter}{subject.number:03d}",
        table=subject.table,
        formula=formula,
        unit=Unit.FLAG,
        risk=Risk.UNSIGNED,
        label=Text(f"无{subject.label.zh}记录", f"No {subject.label.en.lower()} history"),
        doc=f"1 where the supplier has {counted} in `{subject.table}`, else 0.",
        on=subject.on,
        where=subject.where,
        rests_on=subject.rests_on,
        example=Example(rows={}, value=1.0),
        absent=1.0,
    )


_OF_SUBJECT: Mapping[str, Feature] = {subject.name: _flag(subject) for subject in SUBJECTS}

FLAGS: Mapping[str, tuple[Feature, ...]] = {
    letter: tuple(_OF_SUBJECT[s.name] for s in SUBJECTS if s.letter == letter)
    for letter in dict.fromkeys(s.letter for s in SUBJECTS)
}
"""Each family's flags, by family letter."""


def subject_of(feature: Feature) -> Subject | None:
    """The subject whose rows a feature counts; None for flags, and for features that read no facts."""
    same = [s for s in SUBJECTS if s.letter == feature.family and s.table == feature.table]
    named = [s for s in same if feature.name in s.features]
    if feature.absent is not None or not same:
        return None
    return named[0] if named else same[0]

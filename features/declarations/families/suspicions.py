"""Q301 and on: facts of a supplier that look wrong, each as a flag, from facts known by the profile's instant only.

A flag changes no other figure. The codes are those of the quality report of an import, which lists the rows.
"""

from functools import partial
from typing import Any

import ibis

from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

PREFIX = "suspicion_"

_flag = partial(feature, unit=Unit.FLAG, risk=Risk.UNSIGNED)
supplier = partial(_flag, table="suppliers")
contract = partial(_flag, table="contracts")

DIGITS_MIN = 100_000
"""Smallest whole amount that is compared with ids: shorter ones are equal to a short id by chance."""


def _any(condition: Any) -> Any:
    return condition.fill_null(False).cast("int64").max()


@supplier(
    code="Q301",
    label=Text("主体编号疑似占位编号", "The id looks like a stand-in"),
    example=Example(rows={"stand_in": [True]}, value=1),
)
def suspicion_stand_in_id(m: Any) -> Any:
    """1 where the supplier's id looks like a stand-in, under which unrelated firms may gather."""
    return _any(m.stand_in)


@supplier(
    code="Q302",
    label=Text("同一编号下名称有变更", "Another name under one id"),
    example=Example(rows={"renamed_on": ["2025-01-01"]}, value=1),
)
def suspicion_name_changed(m: Any) -> Any:
    """1 where the register gave this id another name before."""
    return _any(m.renamed_on.notnull())


@supplier(
    code="Q303",
    label=Text("同一编号下主体类型有变更", "Another kind under one id"),
    example=Example(rows={"kind_changed_on": ["2025-01-01"]}, value=1),
)
def suspicion_kind_changed(m: Any) -> Any:
    """1 where the register gave this id another kind (legal person, sole trader, other) before."""
    return _any(m.kind_changed_on.notnull())


@supplier(
    code="Q304",
    label=Text("同名主体另有编号", "One name under several ids"),
    example=Example(rows={"name_shared_on": ["2025-01-01"]}, value=1),
)
def suspicion_name_shared(m: Any) -> Any:
    """1 where another id has the same name: its facts may belong to this firm, and are not merged."""
    return _any(m.name_shared_on.notnull())


@contract(
    code="Q311",
    label=Text("存在负金额合同", "A contract with a negative amount"),
    example=Example(rows={"amount": ["-5.00", "7.00"]}, value=1),
)
def suspicion_negative_contract(m: Any) -> Any:
    """1 where a contract's amount is negative; its value counts as unknown."""
    return _any(m.amount < ibis.literal(0, "decimal(18,2)"))


@contract(
    code="Q312",
    label=Text("合同金额疑似误填编号", "A contract's amount equals an id"),
    example=Example(rows={"contract_id": ["K-20250917"], "amount": ["20250917.00"]}, value=1),
)
def suspicion_amount_is_id(m: Any) -> Any:
    """1 where a whole amount of six digits or more is the contract's number, or the supplier's, buyer's or tender's."""
    whole = m.amount.cast("int64")
    text = whole.cast("string")
    equal = m.contract_id.endswith(text)
    for name in ("supplier_id", "buyer_id", "tender_id"):
        equal = equal | (m[name] == text).fill_null(False)
    return _any((m.amount >= DIGITS_MIN) & (m.amount == whole.cast("decimal(18,2)")) & equal)


@contract(
    code="Q313",
    label=Text("合同结束早于开始", "A contract that ends before it starts"),
    example=Example(rows={"signed_on": ["2025-03-01"], "ends_on": ["2025-02-01"]}, value=1),
)
def suspicion_end_before_start(m: Any) -> Any:
    """1 where a contract's planned end lies before its start, or before its signing where no start is given."""
    return _any(m.ends_on < ibis.coalesce(m.starts_on, m.signed_on))


@contract(
    code="Q314",
    label=Text("合同签订晚于公布", "A contract signed after it was published"),
    example=Example(rows={"signed_on": ["2025-03-01"], "known_at": ["2025-02-01"]}, value=1),
)
def suspicion_signed_after_published(m: Any) -> Any:
    """1 where a contract was known before the day it says it was signed on."""
    return _any(m.signed_on > m.known_at)


@contract(
    code="Q315",
    label=Text("采购人与供应商为同一编号", "Buyer and supplier are one"),
    example=Example(rows={"buyer_id": ["S"]}, value=1),
)
def suspicion_buyer_is_supplier(m: Any) -> Any:
    """1 where a contract's buyer has the supplier's own id."""
    return _any(m.buyer_id == m.supplier_id)


@_flag(
    code="Q321",
    table="amendments",
    label=Text("变更金额等于合同总额", "A change equal to the contract's total"),
    example=Example(
        rows={"amount_change": ["900.00"], "value": ["900.00"], "contract_id": ["C1"], "occurred_at": ["2025-05-01"]},
        others={"contracts": {"contract_id": ["C1"], "amount": ["900.00"], "value": ["900.00"]}},
        value=1,
    ),
)
def suspicion_change_is_total(m: Any) -> Any:
    """1 where an amendment's change equals its contract's value: a new total may be given as a change."""
    return _any((m.value == m.contract_value) & (m.value != ibis.literal(0, "decimal(18,2)")))


SUSPICIONS: tuple[Feature, ...] = all_declared(
    __name__,
    suspicion_stand_in_id,
    suspicion_name_changed,
    suspicion_kind_changed,
    suspicion_name_shared,
    suspicion_negative_contract,
    suspicion_amount_is_id,
    suspicion_end_before_start,
    suspicion_signed_after_published,
    suspicion_buyer_is_supplier,
    suspicion_change_is_total,
)


def code_of(column: str) -> str:
    """Return the quality code of a suspicion's column: `suspicion_stand_in_id` → `STAND_IN_ID`."""
    return column.removeprefix(PREFIX).upper()

"""That the property which guards against the future would notice: whatever looks ahead is caught by it.

The property: what becomes known, or happens, on or after `as_of` changes no cell of a profile. Here it is tested with
features and rules that break it on purpose. Each future happens to a supplier of its own, beside one to whom nothing
happens.
"""

import json

import ibis
import pyarrow as pa
import pytest

from features.declarations import prepared
from features.declarations.catalogue import COLUMNS
from features.declarations.feature import Risk, Text, Unit, feature
from features.engines import plan
from features.engines.plan import compile_plan, plan_sql
from features.facts import history
from features.facts.history import relation
from features.facts.store import Facts
from features.facts.tables import TABLES
from features.profiles.build import build_profiles

pytestmark = pytest.mark.slow

AS_OF, AFTER = "2024-07-01", "2024-07-01T00:00:00+08:00"  # known at the very instant: not before it
FROM_FACTS = tuple(c for c in COLUMNS if c.feature.table in TABLES)

CONTRACT = {"contract_id": "C1", "supplier_id": "S", "buyer_id": "B1", "kind": "contract", "amount": "100.00"}
CONTRACT |= {"currency": "CNY", "signed_on": "2024-01-10", "ends_on": "2024-03-01"}
LATER = CONTRACT | {"contract_id": "C2", "amount": "900.00", "signed_on": "2024-02-10"}
DELIVERY = {"milestone_id": "M1", "contract_id": "C1", "kind": "delivery", "due_on": "2024-02-01"}
PASSED = {"milestone_id": "M2", "contract_id": "C1", "kind": "acceptance", "met_on": "2024-02-05", "result": "passed"}
BID = {"bid_id": "O1", "tender_id": "T1", "supplier_id": "S", "result": "lost", "occurred_at": "2024-02-01"}
BID |= {"decided_on": "2024-07-03"}
INVOICED = {"payment_id": "P1", "contract_id": "C1", "amount": "5.00", "currency": "CNY", "invoiced_on": "2024-02-20"}
WAITING = {"payment_id": "P2", "contract_id": "C1", "amount": "5.00", "currency": "CNY"}
SALE = {"invoice_id": "I1", "supplier_id": "S", "direction": "sale", "counterparty_id": "X", "amount": "8.00"}
SALE |= {"currency": "CNY", "issued_on": "2024-03-01", "state": "valid"}
CONDUCT = {"conduct_id": "D1", "party_id": "S", "party_role": "supplier", "type_code": "fine", "severity": "4"}
CONDUCT |= {"effective_on": "2024-02-01", "expires_on": "2026-02-01"}
DISPUTE = {"dispute_id": "E1", "contract_id": "C1", "supplier_id": "S", "kind": "delay", "opened_on": "2024-03-01"}
SETTLED = DISPUTE | {"dispute_id": "E2", "closed_on": "2024-04-01"}  # so the source is known to report ends by then
KNOWN = {
    "suppliers": [{"supplier_id": "S", "kind": "legal_person"}],
    "contracts": [CONTRACT],
    "milestones": [DELIVERY, PASSED],
    "bids": [BID],
    "payments": [INVOICED, WAITING],
    "invoices": [SALE],
    "conduct": [CONDUCT],
    "disputes": [DISPUTE, SETTLED],
}
SHARED = {"buyers": "buyer_id\nB1\n", "tenders": "tender_id,published_on\nT1,2024-01-01\n"}
FUTURES = {
    "nothing": {},
    # known on or after the instant
    "a new row": {"contracts": [LATER | {"known_at": AFTER}]},
    "a correction": {"contracts": [CONTRACT | {"amount": "700.00", "known_at": AFTER}]},
    "a retraction": {"contracts": [CONTRACT | {"known_at": AFTER, "retracted": "true"}]},
    # known before it, and to happen on or after it
    "an event": {"invoices": [SALE | {"invoice_id": "I2", "issued_on": AS_OF, "known_at": "2024-06-01"}]},
    "contracts": {"contracts": [CONTRACT | {"ended_on": "2024-07-02", "end_state": "completed"}]},
    "milestones": {"milestones": [DELIVERY | {"met_on": "2024-07-02", "result": "failed"}]},
    "bids": {"bids": [BID | {"decided_on": "2024-07-02", "result": "won"}]},
    "payments": {"payments": [WAITING | {"invoiced_on": "2024-07-02"}]},
    "conduct": {"conduct": [CONDUCT | {"repaired_on": "2024-07-02"}]},
    "disputes": {"disputes": [DISPUTE | {"closed_on": "2024-07-02", "outcome": "settled"}]},
}
HIDING = ("contracts", "milestones", "bids", "payments", "conduct", "disputes")


@pytest.fixture(scope="module")
def facts(tmp_path_factory, import_into):
    """A supplier for each future: the same rows, and what is still to come."""
    root = tmp_path_factory.mktemp("peeking")
    (root / "manifest.json").write_text(json.dumps({"currency": "CNY", "tz": "Asia/Shanghai"}))
    for table in KNOWN:
        rows = [row for name in FUTURES for row in rows_of(name, table)]
        names = list(dict.fromkeys(key for row in rows for key in row))
        lines = [",".join(names), *(",".join(row.get(n, "") for n in names) for row in rows)]
        (root / f"{table}.csv").write_text("\n".join(lines) + "\n")
    for table, text in SHARED.items():
        (root / f"{table}.csv").write_text(text)
    return import_into(root, root / "facts")


def rows_of(future, table):
    """A supplier's rows of a table; a future's row takes the place of the version known on the same day."""
    key, added = TABLES[table].key[0], FUTURES[future].get(table, [])
    taken = {row[key] for row in added if "known_at" not in row}
    rows = [row for row in KNOWN[table] if row[key] not in taken] + added
    own = {"supplier_id", "party_id", "contract_id", key}
    return [{k: f"{future}/{v}" if k in own else v for k, v in row.items()} for row in rows]


@pytest.fixture(scope="module")
def changes(facts: Facts):
    """Future → the columns of a profile that it changes, against the supplier to whom nothing happens."""

    def profiles(columns=FROM_FACTS, as_of=AS_OF):
        names = list(FUTURES)
        instants = pa.array([facts.instant(as_of)] * len(names), pa.timestamp("us"))
        spine = pa.table({"case_id": names, "supplier_id": [f"{name}/S" for name in names], "as_of": instants})
        profiles = build_profiles(facts, spine, columns)
        place = {name: i for i, name in enumerate(profiles["case_id"].to_pylist())}
        bits = {c.name: profiles[c.name].to_numpy(zero_copy_only=False).view("int64") for c in columns}
        return {
            future: {name for name, cells in bits.items() if cells[place[future]] != cells[place["nothing"]]}
            for future in names
        }

    return profiles


@pytest.fixture(scope="module")
def honest(changes):
    """What the futures change on the day, and a month later."""
    return changes(), changes(as_of="2024-08-01")


def reading(*tables):
    """The columns that are computed from some tables."""
    return tuple(column for column in FROM_FACTS if column.feature.table in tables)


@pytest.fixture
def fresh_plans():
    """Let no plan outlive what was changed under it."""

    def forget():
        for compiled in (compile_plan, plan_sql, plan._stages_of_group, plan._visible):
            compiled.cache_clear()

    forget()
    yield
    forget()


@pytest.mark.parametrize("future", [name for name in FUTURES if name != "nothing"])
def test_no_future_changes_a_column_and_every_future_would_change_a_later_profile(future, honest):
    on_the_day, later = honest
    assert on_the_day[future] == set()
    assert later[future]


# ---- features that peek


def latest(table, column):
    """A careless preparation: what was last said of the row, whenever it became known and whatever hides it."""
    key = TABLES[table].key[0]

    def prepare(rows, wanted):
        all_rows = relation(table)
        last = all_rows.group_by(key).aggregate(peeked=all_rows[column].argmax(all_rows.known_at))
        return rows.left_join(last, key).select(*[rows[c] for c in rows.columns], last.peeked)

    return prepare


def all_ever(table):
    """Another: how many rows the supplier has in the table, those to come included."""

    def prepare(rows, wanted):
        all_rows = relation(table)
        counted = all_rows.group_by("supplier_id").aggregate(peeked=all_rows.count())
        return rows.left_join(counted, "supplier_id").select(*[rows[c] for c in rows.columns], counted.peeked)

    return prepare


def declared(table, formula):
    """A column called `peek`."""
    label = Text("偷看", "Peek")

    @feature(code="T999", table=table, unit=Unit.NUMBER, risk=Risk.UNSIGNED, label=label)
    def peek(m):
        """Something that is not known yet."""
        return formula(m)

    return peek.columns


# what is to come; the table, the type and the preparation of a column `peeked`; what the formula makes of it
PEEKS = {
    "a row known later": ("a new row", "contracts", "int64", all_ever("contracts"), "max"),
    "a correction": ("a correction", "contracts", "decimal(18,2)", latest("contracts", "value"), "sum"),
    "a hidden date": ("contracts", "contracts", "timestamp(6)", latest("contracts", "ended_on"), "count"),
    "a hidden companion": ("milestones", "milestones", "string", latest("milestones", "result"), "count"),
}


@pytest.mark.parametrize("peek", PEEKS)
def test_a_feature_that_peeks_is_caught(peek, changes, fresh_plans, monkeypatch):
    future, table, kind, prepare, reduction = PEEKS[peek]
    monkeypatch.setitem(prepared._COLUMNS, table, {"peeked": kind})
    monkeypatch.setitem(prepared._INPUTS, table, {"peeked": ("supplier_id", TABLES[table].key[0])})
    monkeypatch.setitem(prepared._PREPARE, table, prepare)
    assert changes(declared(table, lambda m: getattr(m.peeked, reduction)()))[future] == {"peek"}


def test_the_same_over_what_was_known_is_not(changes):
    for table, formula in (("contracts", lambda m: m.value.sum()), ("milestones", lambda m: m.result.count())):
        assert set().union(*changes(declared(table, formula)).values()) == set()


def test_a_formula_cannot_reach_past_the_rows_it_is_given():
    with pytest.raises(ibis.common.exceptions.IntegrityError):
        compile_plan(declared("contracts", lambda m: relation("contracts").value.sum()))


# ---- rules that let the future in


def visible(*kept):
    """The rule of visibility with some of its parts alone, or with a wrong one."""

    def visible_at(rows, as_of, *, event):
        parts = {
            "known": rows.known_at < as_of,
            "known on the day": rows.known_at <= as_of,
            "in force": rows.known_until.isnull() | (rows.known_until >= as_of),
            "never corrected": rows.known_until.isnull(),
            "standing": ~rows.retracted,
        }
        if event:
            parts["happened"] = rows[event] < as_of
        return [part for name, part in parts.items() if name in kept]

    return visible_at


RULES = {
    "rows known later are seen": ("a new row", visible("in force", "standing", "happened")),
    "rows known at the instant are seen": (
        "a new row",
        visible("known on the day", "in force", "standing", "happened"),
    ),
    "a correction to come counts": ("a correction", visible("known", "never corrected", "standing", "happened")),
    "a retraction to come counts": ("a retraction", visible("known", "never corrected", "standing", "happened")),
    "what is announced has happened": ("an event", visible("known", "in force", "standing")),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_of_visibility_that_lets_the_future_in_is_caught(rule, changes, fresh_plans, monkeypatch):
    future, mutant = RULES[rule]
    for module in (history, prepared):
        monkeypatch.setattr(module, "visible_at", mutant)
    assert changes(reading(*FUTURES[future]))[future]


@pytest.mark.parametrize("table", HIDING)
def test_a_table_that_hides_nothing_is_caught(table, changes, fresh_plans, monkeypatch):
    honest = history.hidden
    for module in (history, prepared):
        monkeypatch.setattr(module, "hidden", lambda rows, of: {} if of.name == table else honest(rows, of))
    assert changes(reading(table))[table]

"""What a source never says is unknown, through an import and in every engine; and a few examples from practice."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.declarations.catalogue import COLUMNS, column
from features.profiles.build import build_profiles
from features.profiles.on_spark import spark_profiles
from features.profiles.one_case import Case, CaseEngine
from training.cases.outcomes import cases as outcome_cases

pytestmark = pytest.mark.slow  # imports facts in every test

CONTRACT = {"buyer_id": "B9", "kind": "contract", "amount": "500.00", "currency": "CNY"}
NAMES = [
    *("late_delivery_rate", "overdue_deliveries_365d", "overdue_days_365d", "deliveries", "contract_failure_rate"),
    *("early_terminations_730d", "completed_contracts", "no_delivery_history"),
]


def contract(number, supplier="S1", **more):
    return {"contract_id": f"K{number}", "supplier_id": supplier, "signed_on": "2024-01-15", **CONTRACT, **more}


def delivery(number, due_on="2024-06-10", met_on=None, **more):
    milestone = {"milestone_id": f"M{number}", "contract_id": f"K{number}", "kind": "delivery"}
    return {**milestone, "due_on": due_on, "met_on": met_on, **more}


@pytest.fixture
def write(tmp_path, import_into):
    """Import tables given as lists of rows."""

    def imported(**tables):
        folder = tmp_path / "source"
        folder.mkdir()
        suppliers = sorted({row["supplier_id"] for row in tables["contracts"]})
        parties = {
            "suppliers": [{"supplier_id": s, "kind": "legal_person"} for s in suppliers],
            "buyers": [{"buyer_id": "B9", "name": "Harbour Office"}],
        }
        for name, rows in {**parties, **tables}.items():
            names = list(dict.fromkeys(key for row in rows for key in row))
            lines = [",".join(names), *(",".join(str(row.get(n) or "") for n in names) for row in rows)]
            (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
        return import_into(folder, tmp_path / "facts")

    return imported


def cases_on(facts, as_of):
    suppliers = pq.read_table(facts.tables["suppliers"])["supplier_id"].to_pylist()
    instants = pa.array([facts.instant(as_of)] * len(suppliers), pa.timestamp("us"))
    return pa.table({"case_id": suppliers, "supplier_id": suppliers, "as_of": instants})


def profiles(facts, as_of):
    """Profiles by supplier, the same from the batch and from the engine for single cases."""
    spine = cases_on(facts, as_of)
    batch = {row["supplier_id"]: row for row in build_profiles(facts, spine).to_pylist()}
    engine = CaseEngine(facts, COLUMNS)
    for supplier, row in batch.items():
        (alone,) = engine.profiles([Case(supplier, facts.instant(as_of))])
        for name in NAMES:
            assert alone[name] == row[name] or (row[name] is None and alone[name] != alone[name]), name
    engine.close()
    return batch


SILENT_AND_TELLING = {
    "contracts": [
        contract(1, "S1", ends_on="2024-06-10", source="silent"),
        contract(2, "S2", ends_on="2024-06-10", source="complete"),
        contract(3, "S3", ends_on="2024-06-10", ended_on="2024-06-11", end_state="completed", source="complete"),
    ],
    "milestones": [
        delivery(1, source="silent", known_at="2024-01-15"),
        delivery(2, source="complete", known_at="2024-01-15"),
        delivery(3, met_on="2024-06-11", source="complete", known_at="2024-06-11"),
    ],
}


def test_a_source_that_never_says_what_was_delivered_leaves_its_suppliers_unknown(write):
    found = profiles(write(**SILENT_AND_TELLING), "2025-02-01")
    silent, open_one, done = (found[s] for s in ("S1", "S2", "S3"))
    for name in [n for n in NAMES[:7] if n != "deliveries"]:
        assert silent[name] is None, name
    assert silent["deliveries"] == 1  # that it was due is known
    assert silent["no_delivery_history"] == 1
    assert (open_one["late_delivery_rate"], open_one["overdue_deliveries_365d"]) == (1, 1)
    assert (open_one["contract_failure_rate"], done["contract_failure_rate"]) == (1, 0)
    assert (done["completed_contracts"], done["early_terminations_730d"]) == (1, 0)


def test_a_source_is_silent_until_it_first_says_so(write):
    """The first delivery met was known on 11 June: a profile of that day cannot rest on it."""
    facts = write(**SILENT_AND_TELLING)
    assert profiles(facts, "2024-06-11")["S2"]["late_delivery_rate"] is None
    assert profiles(facts, "2024-06-12")["S2"]["late_delivery_rate"] == 1


def test_an_outcome_that_a_source_never_reports_is_unreported(write):
    facts = write(**SILENT_AND_TELLING)
    states = {c["contract_id"]: c["state"] for c in outcome_cases(facts, "late_delivery").to_pylist()}
    assert states["K1"] == "indeterminate_unreported"
    assert states["K3"] == "bad"


@pytest.mark.slow
def test_spark_reads_the_same_silence(write, spark):
    facts = write(**SILENT_AND_TELLING)
    wanted = [column(name) for name in NAMES]
    spine = cases_on(facts, "2025-02-01")
    assert spark_profiles(facts, spine, wanted) == build_profiles(facts, spine, wanted)


def test_contracts_that_stay_open_for_ever_have_not_failed_where_they_were_delivered(write):
    """After case 35: a publisher that never says that a contract ended."""
    numbers = range(1, 5)
    facts = write(
        contracts=[contract(n, ends_on="2024-06-10", source="p") for n in numbers],
        milestones=[delivery(n, met_on="2024-06-07", known_at="2024-06-14", source="p") for n in numbers],
    )
    row = profiles(facts, "2025-03-01")["S1"]
    assert (row["contract_failure_rate"], row["late_delivery_rate"]) == (0, 0)
    assert {c["state"] for c in outcome_cases(facts, "contract_failure").to_pylist()} <= {"good", "not_matured"}


def test_what_is_overdue_and_open_is_part_of_the_late_share(write):
    """After case 19: a share over closed deliveries alone would be in time."""
    met = ["2024-06-10", "2024-06-09", None, None, None]
    facts = write(
        contracts=[contract(n) for n in range(5)],
        milestones=[delivery(n, met_on=day, known_at=day or "2024-01-15") for n, day in enumerate(met)],
    )
    row = profiles(facts, "2024-09-01")["S1"]
    assert (row["late_delivery_rate"], row["overdue_deliveries_365d"]) == (0.6, 3)


def test_a_delivery_counts_by_the_day_it_was_made_from_the_day_that_was_known(write):
    """After case 20: made three days early, entered two weeks late; another one makes the source a telling one."""
    facts = write(
        contracts=[contract(1), contract(2, "S2")],
        milestones=[
            delivery(1, known_at="2024-01-15"),
            delivery(1, met_on="2024-06-07", known_at="2024-06-24"),
            delivery(2, due_on="2024-03-01", met_on="2024-03-01", known_at="2024-03-01"),
        ],
    )
    assert profiles(facts, "2024-06-20")["S1"]["late_delivery_rate"] == 1
    assert profiles(facts, "2024-06-25")["S1"]["late_delivery_rate"] == 0


def test_no_record_is_not_a_perfect_record(write):
    """After case 30: one idle for years, one in time, one never delivered anything."""
    facts = write(
        contracts=[
            contract(1, "IDLE", signed_on="2020-01-15", ends_on="2020-06-10"),
            contract(2, "PROMPT", ends_on="2024-06-10"),
            contract(3, "NEW", signed_on="2024-11-01", ends_on="2026-06-10"),
        ],
        milestones=[
            delivery(1, due_on="2020-06-10", met_on="2020-06-05", known_at="2020-06-05"),
            delivery(2, met_on="2024-06-05", known_at="2024-06-05"),
        ],
    )
    found = profiles(facts, "2024-12-01")
    assert (found["IDLE"]["late_delivery_rate_365d"], found["IDLE"]["late_delivery_rate"]) == (None, 0)
    assert (found["PROMPT"]["late_delivery_rate_365d"], found["PROMPT"]["contract_failure_rate"]) == (0, 0)
    assert (found["NEW"]["late_delivery_rate"], found["NEW"]["contract_failure_rate"]) == (None, None)
    assert [found[s]["no_delivery_history"] for s in ("IDLE", "PROMPT", "NEW")] == [0, 0, 1]

"""The cases as input of a validation: segments known on the day of each, and the record groups."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from features.declarations.catalogue import FEATURES
from features.declarations.families.history_flags import SUBJECTS, subject_of
from features.declarations.feature import Risk
from models.scorecard.scale import SCALE
from training.cases.population import matrix
from training.evidence import study_cases
from training.evidence.study_cases import DIMENSIONS, THIN, developed, local, record_groups, segments

pytestmark = pytest.mark.slow  # learns from a market

ENTRY = {"supplier_id": "s1", "kind": "company", "region": "3702", "industry": "C"}
KNOWN = datetime(2024, 3, 1, 8)


def cases(*instants, supplier="s1"):
    return pa.table(
        {
            "supplier_id": pa.array([supplier] * len(instants), pa.string()),
            "as_of": pa.array(list(instants), pa.timestamp("us")),
        }
    )


def with_column(studied, name, values):
    """The study with another column of its cases."""
    table = studied.data.cases
    place = table.column_names.index(name)
    column = pa.array(values, table.schema.field(name).type)
    return replace(studied, data=replace(studied.data, cases=table.set_column(place, name, column)))


# Evidence


def test_the_test_has_the_pds_of_the_written_scorecard(learned):
    studied = learned.studied
    rows = studied.data.split.test
    result = study_cases.tested(learned.facts, studied, SCALE)
    assert result.n == rows.sum()
    assert np.array_equal(result.bad, studied.data.bad[rows])
    assert result.pd == pytest.approx(studied.pd[rows], abs=1e-15)
    assert result.points == pytest.approx(SCALE.points(result.margin))
    assert result.supplier.tolist() == studied.data.cases["supplier_id"].filter(pa.array(rows)).to_pylist()
    assert set(result.segments) == {*DIMENSIONS, "history"}


def test_development_has_the_out_of_fold_pds(learned):
    studied = learned.studied
    result = developed(learned.facts, studied, SCALE)
    assert result.n == studied.data.split.training.sum()
    assert result.pd == pytest.approx(studied.pd_before, abs=1e-15)
    assert not np.allclose(result.pd, studied.pd[studied.data.split.training])


def test_cases_that_nothing_was_said_of_out_of_fold_are_left_out(learned):
    margins = learned.studied.out_of_fold.copy()
    margins[:7] = np.nan
    result = developed(learned.facts, replace(learned.studied, out_of_fold=margins), SCALE)
    assert result.n == len(margins) - 7
    assert np.array_equal(result.bad, learned.studied.sample.bad[7:])


def test_exposure_is_the_amount_in_the_reporting_currency_and_unknown_otherwise(learned):
    studied = learned.studied
    rows = np.flatnonzero(studied.data.split.test)
    amounts = studied.data.cases["amount"].to_pylist()
    assert study_cases.tested(learned.facts, studied, SCALE).exposure == pytest.approx(
        [float(amounts[i]) for i in rows]
    )
    currencies = studied.data.cases["currency"].to_pylist()
    currencies[rows[0]], currencies[rows[1]] = "USD", None
    amounts[rows[2]], amounts[rows[3]] = None, -amounts[rows[3]]
    changed = with_column(with_column(studied, "currency", currencies), "amount", amounts)
    result = study_cases.tested(learned.facts, changed, SCALE).exposure
    assert np.isnan(result[[0, 2, 3]]).all()
    assert result[1] == pytest.approx(float(amounts[rows[1]]))  # no currency is the reporting one
    assert not np.isnan(result[4:]).any()


def test_where_no_amount_is_known_there_is_no_exposure(learned):
    nothing = with_column(learned.studied, "amount", [None] * learned.studied.data.cases.num_rows)
    assert study_cases.tested(learned.facts, nothing, SCALE).exposure is None


# Segments


def test_an_entry_counts_once_it_was_known_and_not_on_the_instant_itself(facts_of):
    facts = facts_of(suppliers=[{**ENTRY, "known_at": KNOWN}])
    before, on, after = KNOWN - timedelta(days=1), KNOWN, KNOWN + timedelta(microseconds=1)
    result = segments(facts, cases(before, on, after), np.full(3, 9.0))
    assert result["kind"].tolist() == [None, None, "company"]
    assert result["region"].tolist() == [None, None, "3702"]


def test_a_case_keeps_the_entry_of_its_day_after_a_correction(facts_of):
    corrected = {**ENTRY, "region": "1101", "known_at": KNOWN + timedelta(days=10)}
    facts = facts_of(suppliers=[{**ENTRY, "known_at": KNOWN}, corrected])
    days = (1, 10, 11)
    result = segments(facts, cases(*(KNOWN + timedelta(days=d) for d in days)), np.full(3, 9.0))
    assert result["region"].tolist() == ["3702", "3702", "1101"]


def test_a_retracted_entry_and_a_stranger_say_nothing(facts_of):
    gone = {**ENTRY, "retracted": True, "known_at": KNOWN + timedelta(days=10)}
    facts = facts_of(suppliers=[{**ENTRY, "known_at": KNOWN}, gone])
    later = KNOWN + timedelta(days=20)
    assert segments(facts, cases(later), np.full(1, 9.0))["kind"].tolist() == [None]
    assert segments(facts, cases(later, supplier="s2"), np.full(1, 9.0))["kind"].tolist() == [None]


def test_labels_keep_the_order_of_the_cases(facts_of):
    facts = facts_of(
        suppliers=[{**ENTRY, "supplier_id": f"s{i}", "region": f"{i:04}", "known_at": KNOWN} for i in range(40)]
    )
    ids = [f"s{i}" for i in np.random.default_rng(1).permutation(40)]
    table = pa.table(
        {"supplier_id": pa.array(ids), "as_of": pa.array([KNOWN + timedelta(days=1)] * 40, pa.timestamp("us"))}
    )
    assert segments(facts, table, np.full(40, 9.0))["region"].tolist() == [f"{int(s[1:]):04}" for s in ids]


def test_a_file_is_thin_below_six_contracts(facts_of):
    facts = facts_of(suppliers=[{**ENTRY, "known_at": KNOWN}])
    result = segments(facts, cases(*[KNOWN + timedelta(days=1)] * 4), np.array([0.0, THIN - 1, THIN, np.nan]))
    assert result["history"].tolist() == ["thin", "thin", "thick", None]


def test_no_case_has_no_label(facts_of):
    result = segments(facts_of(suppliers=[{**ENTRY, "known_at": KNOWN}]), cases(), np.empty(0))
    assert {name: len(labels) for name, labels in result.items()} == dict.fromkeys((*DIMENSIONS, "history"), 0)


# Local time


def test_an_instant_belongs_to_the_local_day():
    instants = np.array(["2023-12-31T16:00", "2023-12-31T15:59"], dtype="datetime64[us]")
    assert local(instants, "Asia/Shanghai").astype("datetime64[D]").astype(str).tolist() == ["2024-01-01", "2023-12-31"]


def test_summer_time_is_kept_to_and_order_too():
    instants = np.array(["2024-07-01T12:00", "2024-01-01T12:00", "2024-07-01T12:00"], dtype="datetime64[us]")
    hours = (local(instants, "Europe/Berlin") - instants).astype("timedelta64[h]").astype(int)
    assert hours.tolist() == [2, 1, 2]
    assert local(np.empty(0, dtype="datetime64[us]"), "Asia/Shanghai").size == 0


# Record groups


@pytest.fixture(scope="module")
def profiles(learned):
    return learned.studied.data.profiles.filter(pa.array(learned.studied.data.split.test))


def test_every_subject_of_a_flag_has_a_group_without_history_a_partly_unknown_and_a_clean_one(learned):
    names = [s.name for s in SUBJECTS]
    result = record_groups(learned.studied)
    groups = (("no", "_history"), ("unknown", ""), ("clean", ""))
    assert set(result) == {f"{group}_{name}{end}" for name in names for group, end in groups}
    assert {len(rows) for rows in result.values()} == {learned.studied.data.split.test.sum()}


def test_nobody_is_in_two_groups_of_a_subject(learned, profiles):
    result = record_groups(learned.studied)
    for subject in SUBJECTS:
        flag = f"no_{subject.name}_history"
        masks = [result[flag], result[f"unknown_{subject.name}"], result[f"clean_{subject.name}"]]
        assert np.sum(masks, axis=0).max() <= 1
        assert np.array_equal(masks[0], matrix(profiles, [flag])[:, 0] == 1)


def test_a_clean_record_is_wholly_known_and_an_unknown_one_is_not(learned, profiles):
    """A null goes to the safe side of a monotone constraint, so it may not count as a clean record."""
    result = record_groups(learned.studied)
    judged, partly = 0, 0
    for subject in SUBJECTS:
        flag = f"no_{subject.name}_history"
        risky = [c.name for f in FEATURES if f.risk is Risk.RISES and subject_of(f) is subject for c in f.columns]
        rows = profiles.select([flag, *risky]).to_pylist()
        harmless = [row[flag] != 1 and not any(row[name] for name in risky) for row in rows]
        known = [all(row[name] is not None for name in risky) for row in rows]
        assert result[f"clean_{subject.name}"].tolist() == [h and k for h, k in zip(harmless, known, strict=True)]
        assert result[f"unknown_{subject.name}"].tolist() == [h and not k for h, k in zip(harmless, known, strict=True)]
        judged += 0 < sum(harmless) < len(rows)
        partly += result[f"unknown_{subject.name}"].any()
    assert judged >= 3  # subjects in which some are clean and some are not
    assert partly >= 1

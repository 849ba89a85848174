"""The SBA's loans: dates and money as published, which columns leak, and training on outside columns alone."""

import json
import sys
import tomllib
from datetime import date
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))  # scripts, and no package

import sba  # noqa: E402
import sba_columns  # noqa: E402
import sba_loans  # noqa: E402

pytestmark = pytest.mark.slow  # imports and judges thousands of loans, trains on some
DATA = sba.data_folder()
real = pytest.mark.skipif(DATA is None, reason="the real data are not at ../shared/data (or $SUPPLIER_DATA)")
NATIONAL, RECENT, KNOWN, CALIFORNIA = sba.TRIALS


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2/28/1997", date(1997, 2, 28)),
        ("30-Jan-10", date(2010, 1, 30)),
        ("6-Oct-88", date(1988, 10, 6)),
        ("7-Jul-68", date(1968, 7, 7)),  # read as 2068, long after the file was made
        ("", None),
    ],
)
def test_two_digit_years_lie_before_the_file_was_made(text, day):
    assert sba_loans.american(text) == day


def test_sas_counts_days_from_1960():
    assert sba_loans.of_sas("15074") == date(2001, 4, 9)
    assert sba_loans.of_sas("") is None


def loan(charged_off_on=None, *, status="P I F", approved_on=date(1997, 2, 28)):
    return sba_loans.Loan({"MIS_Status": status, "GrAppv": "$60,000.00 "}, approved_on, None, charged_off_on)


def test_money_may_be_text():
    assert loan().number("GrAppv") == 60_000
    assert loan().number("NoEmp") is None


def test_a_loan_is_known_when_its_seven_years_are_over_whatever_became_of_it_before():
    over = date(2004, 2, 28)
    assert sba_loans.within(loan()) == sba_loans.Label(False, over)
    assert sba_loans.within(loan(date(1999, 1, 1), status="CHGOFF")) == sba_loans.Label(True, over)
    assert sba_loans.within(loan(date(2004, 2, 28), status="CHGOFF")) == sba_loans.Label(False, over)
    assert sba_loans.within(loan(None, status="CHGOFF")) is None
    assert sba_loans.within(loan(approved_on=date(2009, 1, 1))) is None
    assert sba_loans.ever(loan(status="")) is None


@pytest.mark.parametrize("columns", [sba.COLUMNS, CALIFORNIA.columns], ids=["national", "california"])
def test_the_honest_spec_leaves_out_what_it_gives_a_reason_for_and_the_naive_one_believes_everything(tmp_path, columns):
    for honest in (True, False):
        believed = () if honest else [c.name for c in columns]
        sba_columns.write_spec(tmp_path / "spec.toml", columns, believed=believed)
        spec = tomllib.loads((tmp_path / "spec.toml").read_text(encoding="utf-8"))
        assert set(spec) == {c.name for c in columns if c.known or not honest}
        assert honest or {column["known"] for column in spec.values()} == {"as_of"}
    assert all(c.why[0] and c.why[1] for c in columns if c.known != "as_of")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A trial's files, made once, in a home of their own."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sba, "HOMES", tmp_path_factory.mktemp("sba"))
        yield cache(lambda trial: sba.make(trial, DATA))


@real
@pytest.mark.parametrize(
    ("trial", "leaking"),
    [
        (NATIONAL, ["charged_off_amount", "days_to_charge_off"]),
        (RECENT, ["charged_off_amount", "days_to_charge_off", "term_months"]),
        (KNOWN, ["charged_off_amount", "days_to_charge_off"]),
        (CALIFORNIA, ["charged_off_amount", "days_to_charge_off", "default", "term_days", "term_months"]),
    ],
    ids=lambda x: getattr(x, "name", ""),
)
def test_the_detector_stops_on_the_columns_that_leak_and_on_no_honest_one(made, trial, leaking):
    files = made(trial)
    assert sba.judge(trial, files, files.naive).stopping == leaking
    honest = sba.judge(trial, files, files.honest)
    assert {f.verdict for f in honest.findings} == {"passes"}


@real
def test_the_term_warns_where_it_does_not_stop(made):
    files = made(NATIONAL)
    found = {f.column: f for f in sba.judge(NATIONAL, files, files.naive).findings if f.what == "value"}
    assert found["term_months"].verdict == "warn"
    assert found["term_months"].auc == pytest.approx(0.87, abs=0.01)


@real
def test_a_scorecard_is_trained_on_outside_columns_alone(made, tmp_path, monkeypatch):
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tmp_path))
    files = made(CALIFORNIA)
    result = sba.train(CALIFORNIA, files, files.honest)
    assert {c.family for c in result.spec.columns} == {"X"}
    assert 0.6 < result.figures["model"]["auc"] < 0.8
    said = json.loads((result.folder / "scorecard.json").read_text())
    assert said["data"]["external"]["columns"]["disbursed_amount"]["hidden"] > 2000
    assert "external" in result.failed_gates


@real
def test_training_refuses_the_naive_spec_by_the_names_of_its_leaks(made, tmp_path, monkeypatch):
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tmp_path))
    files = made(CALIFORNIA)
    said = sba.refusal(CALIFORNIA, files)
    assert "Training stops" in said
    assert all(name in said for name in ("default", "charged_off_amount", "days_to_charge_off", "term_months"))

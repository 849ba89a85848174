"""Cold start: declared weights, served before any outcome is known, with `basis: expert`."""

import json
from datetime import timedelta

import pytest

from features.errors import InputError
from features.facts.store import Facts
from features.fleet.write_fleet import default_as_of
from features.importing.import_facts import import_facts
from features.profiles.spine import fleet_spine
from models.promotion.champions import champion
from models.scorecard.scorecard import Scorecard
from sandbox.make import make_sandbox
from tests.promoting import promote
from training.cases.split import local_day
from training.cold_start import cold_start
from training.learning.tendency import Tendency

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    """A market of which no loan and no outcome is imported."""
    folder = tmp_path_factory.mktemp("cold")
    make_sandbox(folder, "plain", 300, 5)
    for name in ("financings", "repayments", "outcomes"):
        for file in (folder / "facts").glob(f"{name}.*"):
            file.unlink()
    import_facts(folder / "facts", folder / "imported")
    return Facts.open(folder / "imported")


@pytest.fixture(scope="module")
def made(facts, tmp_path_factory):
    out = tmp_path_factory.mktemp("candidate") / "expert"
    tendency = Tendency(0.025, "average of the region")
    return cold_start(facts, "loan_default", purposes=("history_loan",), tendency=tendency, out=out)


def test_it_says_that_its_basis_is_declared_weights(made):
    spec = Scorecard.open(made.folder).spec
    assert spec.basis == "expert"
    assert spec.gates["basis"].passed
    assert "average of the region" in spec.gates["basis"].text
    assert spec.data["card"] == "expert-loan/v1"


def test_every_gate_that_needs_no_outcome_holds(made):
    assert all(gate.passed for gate in made.gates.values())
    assert not {"auc", "brier", "slope"} & set(made.gates)


def test_two_people_promote_it_and_it_serves(made, tmp_path):
    promote(tmp_path, made.folder)
    assert champion(tmp_path, "history_loan").digest == made.digest


def test_an_answer_adds_up_and_says_expert(made):
    scorecard = Scorecard.open(made.folder)
    lines = (made.folder / "golden.jsonl").read_text().splitlines()
    answers = [json.loads(line)["answer"] for line in lines]
    assert len(answers) >= 20
    assert {t["supplier"]["basis"] for t in answers if t["supplier"]} == {"expert"}
    assert len({t["supplier"]["points"] for t in answers if t["supplier"]}) > 3
    assert len(scorecard.columns) >= 5


def test_the_same_facts_give_the_same_bytes(facts, made, tmp_path):
    again = cold_start(
        facts,
        "loan_default",
        purposes=("history_loan",),
        tendency=Tendency(0.025, "average of the region"),
        out=tmp_path / "again",
    )
    assert again.digest == made.digest


def test_the_card_tells_every_weight_in_both_languages(made):
    card = (made.folder / "card.md").read_text()
    for column in made.spec.columns:
        assert card.count(f"| `{column.name}` |") == 4  # its weights and its range, in both languages
    assert "**synthetic**" in card
    assert "声明值" in card


def test_a_request_scorecard_needs_terms(facts):
    with pytest.raises(InputError, match="terms"):
        cold_start(facts, "loan_default", unit="request", purposes=("contract_loan",))


def test_a_spine_with_terms_gives_a_request_scorecard(facts, tmp_path):
    ids = fleet_spine(facts, facts.instant("2026-01-01"))["supplier_id"].to_pylist()[:40]
    lines = [f"c{i},{supplier},2025-12-01,{1000 * (i + 1)}.00,CNY,{30 + i}" for i, supplier in enumerate(ids)]
    spine = tmp_path / "spine.csv"
    spine.write_text("\n".join(["case_id,supplier_id,as_of,amount,currency,days", *lines]) + "\n")
    made = cold_start(
        facts, "loan_default", unit="request", purposes=("contract_loan",), spine=spine, out=tmp_path / "request"
    )
    assert {"turnover_cover", "days_asked"} & {c.name for c in Scorecard.open(made.folder).spec.columns}


def test_too_few_suppliers_are_no_population(facts, tmp_path):
    spine = tmp_path / "spine.csv"
    spine.write_text("case_id,supplier_id,as_of,amount,currency,days\nc1,x,2025-12-01,1.00,CNY,30\n")
    with pytest.raises(InputError, match="too few"):
        cold_start(facts, "loan_default", unit="request", purposes=("contract_loan",), spine=spine)


def test_a_day_on_which_the_facts_have_aged_out_is_refused_with_the_day_to_take(facts):
    last = local_day(default_as_of(facts), facts)
    with pytest.raises(InputError, match=f"2090-01-01 is more than 92 days after {last}") as error:
        cold_start(facts, "loan_default", purposes=("history_loan",), as_of=facts.instant("2090-01-01"))
    assert str(last) in error.value.fix


def test_a_quarter_after_the_last_fact_is_the_last_day_that_is_taken(facts, tmp_path):
    last = default_as_of(facts)
    with pytest.raises(InputError, match="--as-of"):
        cold_start(facts, "loan_default", purposes=("history_loan",), as_of=last + timedelta(days=93))
    made = cold_start(
        facts, "loan_default", purposes=("history_loan",), as_of=last + timedelta(days=92), out=tmp_path / "expert"
    )
    assert len(Scorecard.open(made.folder).columns) > 3


def test_a_place_that_holds_something_else_is_not_overwritten(facts, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="other content"):
        cold_start(facts, "loan_default", purposes=("history_loan",), out=tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"

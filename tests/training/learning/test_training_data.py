"""The data of a training run: leaks put into a clean market are found, and options are applied."""

import csv
import re
from datetime import timedelta

import numpy as np
import pytest

from features.errors import InputError
from features.facts.store import Facts
from training.cases import outcomes
from training.learning.training_data import NOTHING_CHOSEN, Choices, gather

pytestmark = pytest.mark.slow  # makes a market

LEAKS = ("written_off", "visits", "recovered", "looked_up")


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """Imported facts of the clean sandbox."""
    from features.importing.import_facts import import_facts
    from sandbox.make import make_sandbox

    folder = tmp_path_factory.mktemp("clean")
    make_sandbox(folder, "plain", 2000, 1)
    import_facts(folder / "facts", folder / "imported")
    return Facts.open(folder / "imported")


@pytest.fixture(scope="module")
def outside(market, tmp_path_factory):
    """A file with one honest column and four filled in after the outcome, and a spec that declares them known."""
    folder = tmp_path_factory.mktemp("outside")
    cases = outcomes.usable(outcomes.cases(market, "loan_default")).to_pylist()
    rng = np.random.default_rng(7)
    with (folder / "outside.csv").open("w", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["case_id", "looked_up_on", "bureau_score", *LEAKS])
        for case in cases:
            bad = case["bad"]
            days = rng.uniform(1, 4) if bad else rng.uniform(3, 60)  # looked up again when it went wrong
            asked = case["as_of"] - timedelta(days=float(days))
            score = 600 + 40 * rng.normal() - 60 * bad
            written_off = bad * 1000 + rng.normal()
            visits = rng.normal() + bad * rng.choice([-9, 9])  # bad at both ends
            recovered = rng.normal() if bad else ""
            out.writerow(
                [case["case_id"], f"{asked.isoformat()}Z", score, written_off, visits, recovered, rng.normal()]
            )
    specs = [declared("bureau_score", 1, "looked_up_on")]
    specs += [declared(name, i, "looked_up_on" if name == "looked_up" else "as_of") for i, name in enumerate(LEAKS, 2)]
    (folder / "leaky.toml").write_text("\n".join(specs), encoding="utf-8")
    (folder / "honest.toml").write_text(declared("bureau_score", 1, "as_of"), encoding="utf-8")
    return folder


def declared(name, number, known):
    return f"""
[{name}]
code = "X{number:03}"
label = {{ zh = "外部", en = "Outside" }}
unit = "number"
risk = "unsigned"
known = "{known}"
"""


def gathered(market, *, unit="request", outcome="loan_default", choices=NOTHING_CHOSEN, messages=None):
    messages = [] if messages is None else messages
    return gather(
        market, outcome, unit=unit, spine=None, out_of_time_from=None, progress=messages.append, choices=choices
    )


@pytest.mark.parametrize("unit", ["request", "supplier"])
def test_the_clean_sandbox_is_quiet(market, unit):
    data = gathered(market, unit=unit)
    assert {f.verdict for f in data.findings} == {"passes"}
    assert {f.column for f in data.findings} <= set(data.names)
    assert len({f.column for f in data.findings}) > 100
    assert data.gates["leaks"].passed
    assert set(data.gates) == {"leaks"}


def test_leaks_stop_training_by_value_at_one_end_or_both_by_being_missing_and_by_when_they_became_known(
    market, outside
):
    choices = Choices(external=outside / "outside.csv", external_spec=outside / "leaky.toml")
    with pytest.raises(InputError) as refused:
        gathered(market, choices=choices)
    named = set(re.findall(r"(\w+) \(([a-z ]+), AUC", refused.value.what))
    assert named == {
        ("written_off", "value"),
        ("visits", "value"),
        ("recovered", "missingness"),
        ("looked_up", "time of knowledge"),
        ("bureau_score", "time of knowledge"),  # it was looked up with the other
    }


def test_what_is_accepted_or_left_out_no_longer_stops_and_both_are_recorded(market, outside):
    why = {"looked_up": "they look up whom they worry about", "bureau_score": "likewise"}
    choices = Choices(
        external=outside / "outside.csv",
        external_spec=outside / "leaky.toml",
        without=("written_off", "visits", "recovered"),
        accepted_leaks=why,
    )
    data = gathered(market, choices=choices)
    assert "written_off" not in data.names
    assert {f.column: f.reason for f in data.findings if f.verdict == "accepted"} == why
    assert "because: they look up whom they worry about" in data.gates["leaks"].text
    assert data.to_json()["without"] == ["recovered", "visits", "written_off"]


def test_an_honest_outside_column_takes_its_place_beside_the_profile(market, outside):
    messages = []
    choices = Choices(external=outside / "outside.csv", external_spec=outside / "honest.toml")
    data = gathered(market, choices=choices, messages=messages)
    assert "bureau_score" in data.names
    assert "bureau_score" in data.profiles.column_names
    assert "no_external_history" not in data.names  # everybody has a row: it says nothing
    assert not data.gates["external"].passed
    assert data.to_json()["external"]["columns"]["bureau_score"]["known"] == "as_of"
    assert data.features_digest.startswith("sha256:")
    assert "X001" in data.catalogue.sentences
    assert any("not declared and ignored" in line for line in messages)


def test_the_outcome_that_was_asked_for_is_the_one_recorded(market):
    data = gathered(market, choices=Choices(parameters={"dpd": "60"}))
    assert data.to_json()["outcome"]["id"] == "loan_default/v2?dpd=60"
    assert data.to_json()["outcome"]["dpd"] == 60


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (Choices(without=("late_deliveries",)), "no column 'late_deliveries'"),
        (Choices(external_spec="spec.toml"), "Give --external too"),
        (Choices(external="file.csv"), "Give --external-spec too"),
        (Choices(accepted_leaks={"late_delivery_rate": "why not"}), "neither stops nor warns"),
        (Choices(parameters={"dpd": "9999"}), "outside 1 to 3650"),
    ],
)
def test_what_cannot_be_chosen_is_refused(market, choices, message):
    with pytest.raises(InputError, match=message):
        gathered(market, choices=choices)

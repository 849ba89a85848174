"""`supplier-credit compare`: a candidate beside the champion of its purpose, on the same cases."""

import shutil

import pytest

from tests.command import command
from tests.promoting import variant

pytestmark = pytest.mark.slow  # promotes what was trained on a market


@pytest.fixture(scope="module")
def home(demo_market, tmp_path_factory):
    """A copy of the market's deployment."""
    folder = tmp_path_factory.mktemp("compared") / "home"
    shutil.copytree(demo_market.home, folder, ignore=shutil.ignore_patterns("mlflow*", "ledger*"))
    return folder


def compared(home, candidate, *more, expect=0):
    done = command("compare", candidate, "--facts", home / "facts", *more, home=home)
    assert done.returncode == expect, done.stderr
    return done


def test_a_champion_is_no_better_than_itself(demo_market, home):
    printed = compared(home, demo_market.candidates["supplier"]).stdout
    lines = {line.split()[0]: line.split()[1:] for line in printed.splitlines() if line.startswith("  c")}
    assert lines["candidate"] == lines["champion"]
    assert "loss +0.0000 (+0.0000 to +0.0000)" in printed
    assert "Neither is better for sure" in printed


def test_the_cases_are_those_after_the_split(demo_market, home):
    import json

    split = json.loads((demo_market.candidates["request"] / "scorecard.json").read_text())["data"]["out_of_time_from"]
    assert compared(home, demo_market.candidates["request"]).stdout.startswith(f"cases since {split}: ")


def test_a_variant_differs_from_the_champion(demo_market, home, tmp_path):
    other = variant(demo_market.candidates["supplier"], tmp_path / "other")
    assert "difference (candidate - champion): AUC" in compared(home, other).stdout


def test_scorecards_of_different_units_are_not_compared(demo_market, home):
    done = compared(home, demo_market.candidates["supplier"], "--purpose", "contract_loan", expect=2)
    assert "of a supplier, the champion" in done.stderr


def test_without_a_champion_it_says_so(demo_market, home):
    done = compared(home, demo_market.candidates["supplier"], "--purpose", "nobodys", expect=2)
    assert "The purpose 'nobodys' has no champion." in done.stderr

"""The practice ground: a market that is made once, under a home of its own."""

import pytest

from cli.shared.practice_home import practice, shipped
from features.home import home

pytestmark = pytest.mark.slow


def test_a_market_is_made_once_and_its_home_is_beside_what_serves(tmp_path, monkeypatch):
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tmp_path))
    facts = practice(suppliers=30, seed=1)
    assert facts.synthetic
    assert home() == tmp_path / "practice"
    made = (facts.path / "manifest.json").stat().st_mtime_ns
    again = practice(suppliers=30, seed=1)
    assert (again.path, again.digest) == (facts.path, facts.digest)
    assert (again.path / "manifest.json").stat().st_mtime_ns == made
    assert home() == tmp_path / "practice"


def test_another_market_stands_beside_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tmp_path))
    assert practice(suppliers=30, seed=1).digest != practice(suppliers=30, seed=2).digest


def test_the_scorecard_to_practise_on_is_the_one_that_ships():
    assert shipped().spec.basis == "synthetic"
    assert shipped().spec.unit == "supplier"

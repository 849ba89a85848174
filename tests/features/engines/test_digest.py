"""The digest that ties scorecards and stored profiles to the running code's declarations."""

from dataclasses import replace
from datetime import date

import pytest

from features.buyers.catalogue import BUYER_COLUMNS
from features.declarations import catalogue
from features.declarations.catalogue import COLUMNS
from features.declarations.feature import Risk, Text
from features.engines import digest
from features.engines.digest import computed_here, digest_of, features_digest
from features.facts.workdays import Calendar

NAMES = [c.name for c in COLUMNS[:3]]


def test_the_digest_depends_on_the_columns_and_their_order():
    assert features_digest(NAMES) == features_digest(list(NAMES))
    assert features_digest(NAMES) != features_digest(NAMES[::-1])
    assert features_digest(NAMES).startswith("sha256:")


def test_a_column_that_this_code_does_not_declare_matches_no_digest():
    assert features_digest([*NAMES, "of_another_time"]) == "undeclared:of_another_time"


def test_what_says_undeclared_was_computed_by_no_code():
    lost = [*NAMES, "of_another_time"]
    assert computed_here(features_digest(NAMES), NAMES)
    assert not computed_here(features_digest(NAMES), NAMES[:-1])
    assert not computed_here(features_digest(lost), lost)


@pytest.fixture
def declared_as(monkeypatch):
    """Declare the first column otherwise, for one digest."""

    def change(**changes):
        first = replace(COLUMNS[0], feature=replace(COLUMNS[0].feature, **changes))
        by_name = {c.name: c for c in (first, *COLUMNS[1:])}
        with monkeypatch.context() as patched:
            patched.setattr(catalogue, "column", by_name.__getitem__)
            digest._digest.cache_clear()
            changed = features_digest(NAMES)
        digest._digest.cache_clear()
        return changed

    return change


def test_a_corrected_word_leaves_the_digest_as_it_is(declared_as):
    """Fault D12: a typo corrected in a sentence made every scorecard and stored profile unservable."""
    words = {name: Text("改", "corrected") for name in ("label", "adverse", "favourable")}
    assert declared_as(**words) == features_digest(NAMES)


def test_a_changed_direction_of_risk_changes_the_digest(declared_as):
    assert declared_as(risk=Risk.FALLS) != features_digest(NAMES)


def test_a_column_that_counts_working_days_depends_on_the_calendar(monkeypatch):
    counted = tuple(c for c in BUYER_COLUMNS if c.name == "buyer_signing_workdays_730d")
    other = tuple(c for c in BUYER_COLUMNS if c.name == "buyer_history_days")
    before = digest_of(counted), digest_of(other)
    monkeypatch.setattr(digest, "chinas", lambda: Calendar.of({date(2031, 1, 1): False}))
    assert digest_of(counted) != before[0]
    assert digest_of(other) == before[1]

"""A scorecard is promoted only into a home whose facts have its currency and time zone."""

import json

import pytest

from models.errors import PromotionError

DATA = {"digest": "sha256:" + "3" * 64, "currency": "EUR", "tz": "Europe/Lisbon"}


@pytest.fixture(scope="module")
def candidate(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("candidate") / "dated"
    made.write(folder, data=DATA)
    return folder


def promoted(desk, candidate) -> str:
    try:
        return desk.promote(candidate).name
    except PromotionError as refused:
        return str(refused)


def describe(home, where: str, **manifest) -> None:
    (home / where).mkdir(parents=True)
    (home / where / "manifest.json").write_text(json.dumps(manifest))
    if where != "facts":
        (home / "profiles/current.json").write_text('{"folder": "fleet-1"}')


@pytest.mark.parametrize("key", ["currency", "tz"])
@pytest.mark.parametrize("where", ["facts", "profiles/fleet-1"])
def test_another_currency_or_time_zone_is_refused(desk, candidate, key, where):
    describe(desk.home, where, **{"currency": "EUR", "tz": "Europe/Lisbon", key: "another"})
    seen = promoted(desk, candidate)
    assert "have another. Train on facts of this home" in seen


def test_a_home_that_changed_since_the_proposal_is_refused_at_the_approval(desk, candidate):
    serial = desk.propose(candidate).serial
    describe(desk.home, "facts", currency="JPY", tz="Europe/Lisbon")
    refused = None
    try:
        desk.approve(serial)
    except PromotionError as error:
        refused = error
    assert "JPY" in str(refused)


def test_the_same_is_promoted(desk, candidate):
    describe(desk.home, "facts", currency="EUR", tz="Europe/Lisbon")
    assert promoted(desk, candidate) == "contract-loan"

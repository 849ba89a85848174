"""Bad OCDS never half loads."""

import pytest

from tests.features.sources.release import RELEASE, changed, held, package


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        ("ocid", None, "/releases/0/ocid"),
        ("date", None, "/releases/0/date"),
        ("buyer", "City", "/releases/0/buyer"),
        ("awards", {}, "/releases/0/awards"),
        ("awards/0", "x", "/releases/0/awards/0"),
        ("contracts/0/value", [1], "/releases/0/contracts/0/value"),
        ("contracts/0/id", {"a": 1}, "/releases/0/contracts/0/id"),
        ("tender/tenderPeriod", "soon", "/releases/0/tender/tenderPeriod"),
        ("contracts/0/implementation/transactions", "none", "/releases/0/contracts/0/implementation/transactions"),
    ],
)
def test_a_release_of_the_wrong_shape_never_half_loads(load, path, value, pointer):
    other = changed("ocid", "ocds-2")
    summary, _ = load(package(changed(path, value), other))
    (row,) = held(summary)
    assert row["pointer"] == pointer
    assert (summary.records["releases"].used, summary.records["releases"].quarantined) == (1, 1)


@pytest.mark.parametrize("amount", [{}, "1,000", 1e308, "many", True])
def test_an_amount_that_is_none_is_quarantined(load, amount):
    summary, _ = load(package(changed("contracts/0/value/amount", amount)))
    assert ("contracts", "bad_number") in {(row["table"], row["kind"]) for row in held(summary)}


def test_dates_out_of_the_calendar_and_unknown_currencies_are_quarantined(load):
    release = changed("contracts/0/dateSigned", "4440-01-01T10:00:00Z")
    release["contracts"][0]["value"]["currency"] = "XXX"
    summary, _ = load(package(RELEASE, changed("ocid", "ocds-2", release)))
    assert summary.tables["contracts"].quarantined.total() == 1


def test_half_a_character_quarantines_the_row_it_stands_in(load):
    odd = changed("parties/0/name", "x\ud800y", changed("ocid", "ocds-2"))
    summary, _ = load(package(RELEASE, odd))
    assert [(r["table"], r["kind"]) for r in held(summary)] == [("buyers", "bad_text")]


def test_a_contract_without_an_id_has_no_name_to_be_known_by(load):
    summary, _ = load(package(RELEASE, changed("contracts/0/id", None, changed("ocid", "ocds-2"))))
    assert [r["pointer"] for r in held(summary)] == ["/releases/1/contracts/0/id"]

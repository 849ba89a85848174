"""OCDS releases: what becomes of each part, and the real files."""

from datetime import datetime

import pytest

from tests.features.sources.release import RELEASE, changed, package, quarantined_rows

pytestmark = pytest.mark.slow  # imports facts in every test


def test_every_part_of_a_release_finds_its_table(load, rows_of):
    _, facts = load(package(RELEASE))
    known = datetime(2020, 6, 1, 12)
    (contract,) = rows_of(facts, "contracts")
    expected = {
        "contract_id": "ocds-1/c1",
        "supplier_id": "S1",
        "buyer_id": "B1",
        "tender_id": "ocds-1",
        "category": "goods",
        "method": "open",
        "signed_on": datetime(2020, 3, 1, 10),
        "ends_on": datetime(2020, 12, 31, 23, 59, 59, 999999),
        "end_state": None,
        "known_at": known,
        "source": "ocds",
        "source_ref": "r1",
    }
    assert {name: contract[name] for name in expected} == expected
    assert float(contract["value"]) == 90.5
    (tender,) = rows_of(facts, "tenders")
    assert (tender["published_on"], tender["awarded_on"]) == (
        datetime(2020, 1, 1, 23, 59, 59, 999999),
        datetime(2020, 2, 10, 10),
    )
    (bid,) = rows_of(facts, "bids")
    assert (bid["supplier_id"], bid["result"], bid["decided_on"]) == ("S1", "won", datetime(2020, 2, 10, 10))
    assert [r["supplier_id"] for r in rows_of(facts, "milestones")] == ["S1"]
    assert [float(r["value"]) for r in rows_of(facts, "payments")] == [9]
    assert [r["reason"] for r in rows_of(facts, "amendments")] == ["more"]
    firms = {r["supplier_id"]: r for r in rows_of(facts, "suppliers")}
    assert (firms["S1"]["kind"], firms["S1"]["region"], firms["S1"]["size_class"]) == ("legal_person", "North", "small")
    assert firms["S2"]["kind"] == "other"
    stages = {r["stage"] for r in rows_of(facts, "stages")}
    assert stages == {"process", "result", "contract", "payment"}


def test_a_later_release_is_a_correction(load, rows_of):
    later = changed("contracts/0/value/amount", 80, changed("date", "2020-07-01T12:00:00Z"))
    _, facts = load(package(RELEASE, later))
    rows = sorted(rows_of(facts, "contracts"), key=lambda r: r["known_at"])
    assert [(float(r["amount"]), r["known_until"]) for r in rows] == [(90.5, datetime(2020, 7, 1, 12)), (80, None)]


def test_an_award_to_several_is_a_joint_contract(load, rows_of):
    _, facts = load(package(changed("awards/0/suppliers", [{"id": "S1"}, {"id": "S2"}])))
    rows = rows_of(facts, "contracts")
    assert [(r["supplier_id"], r["members"], float(r["share"])) for r in rows] == [("S1", 2, 0.5), ("S2", 2, 0.5)]
    assert [r["supplier_id"] for r in rows_of(facts, "milestones")] == ["S1", "S2"]


def test_bids_give_winners_losers_and_the_disqualified(load, rows_of):
    details = [
        {
            "id": "1",
            "date": "2020-01-20T10:00:00Z",
            "status": "valid",
            "tenderers": [{"id": "S1"}],
            "value": {"amount": 90, "currency": "CNY"},
        },
        {"id": "2", "status": "valid", "tenderers": [{"id": "S2"}]},
        {"id": "3", "status": "disqualified", "tenderers": [{"id": "S3", "name": "Three"}]},
    ]
    _, facts = load(package({**RELEASE, "bids": {"details": details}}))
    bids = {r["supplier_id"]: (r["result"], r["bidders"], r["occurred_at"].month) for r in rows_of(facts, "bids")}
    assert bids == {"S1": ("won", 3, 1), "S2": ("lost", 3, 2), "S3": ("disqualified", 3, 2)}


def test_a_contract_without_an_award_has_no_supplier_and_is_quarantined(load):
    summary, _ = load(package(changed("awards", None)))
    kinds = {(row["table"], row["kind"]) for row in quarantined_rows(summary)}
    assert ("contracts", "no_supplier") in kinds
    assert {kind for table, kind in kinds if table != "contracts"} == {"broken_reference"}
    assert "/releases/0/contracts/0" in {row["pointer"] for row in quarantined_rows(summary)}


@pytest.mark.parametrize(
    ("removed", "expected", "said"),
    [
        (["contracts/0/dateSigned"], datetime(2020, 2, 10, 10), "its award"),
        (["contracts/0/dateSigned", "awards/0/date"], datetime(2020, 3, 2, 23, 59, 59, 999999), "start of its period"),
        (["contracts/0/dateSigned", "awards/0/date", "contracts/0/period"], datetime(2020, 6, 1, 12), "its release"),
    ],
)
def test_a_contract_without_a_signing_date_takes_the_next_best_and_says_so(load, rows_of, removed, expected, said):
    release = RELEASE
    for path in removed:
        release = changed(path, None, release)
    summary, facts = load(package(release))
    assert rows_of(facts, "contracts")[0]["signed_on"] == expected
    assert any(said in note for note in summary.notes)


def test_a_package_with_nothing_but_extensions_and_other_versions_is_fine(load):
    release = {**RELEASE, "x_extension": [1, {"deep": True}], "language": None}
    summary, _ = load(package(release, version="2.0-dev", extensions=["x"]))
    assert summary.quarantined == 0


def test_all_the_real_files_import_with_every_row_accounted_for(real):
    summary, _ = real("ocds")
    record = summary.records["releases"]
    assert (record.read, record.used, record.quarantined) == (34, 26, 0)
    assert record.read == record.used + record.excluded.total() + record.quarantined
    for count in summary.tables.values():
        assert count.read == count.loaded + count.duplicates + count.quarantined.total()
    # None of two conflicting tenders is stored, so what refers to them names no row.
    assert summary.by_kind == {"broken_reference": 18, "no_supplier": 2, "conflict": 4}
    assert summary.ignored == ("LICENSE",)

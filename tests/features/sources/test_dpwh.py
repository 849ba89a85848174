"""Public works of the Philippines: small examples of each kind of dirt, and the real files."""

import csv
from datetime import datetime
from decimal import Decimal

import pytest

from features.errors import InputError
from features.importing.import_facts import detect, import_facts
from features.sources.dpwh import firms

pytestmark = pytest.mark.slow  # imports facts in every test

CONTRACT = {
    "contract_id": "18A1",
    "status": "Completed",
    "region": "Region I",
    "office": "Abra DEO",
    "contractor": "ONE, INC. (1) / TWO BUILDERS (02) / FOREIGN CO., LTD.",
    "start_date": "2018-08-24",
    "actual_completion_date": "2019-04-20",
    "effectivity_date": "2018-08-24",
    "expiry_date": "2019-04-01",
    "abc": "100.00",
    "award_amount": "1,000.00",
    "advertised": "2018-04-18 00:00:00.0000000",
    "bid_deadline": "2018-05-15 00:00:00.0000000",
    "award_date": "",
}
BIDDERS = [
    {"contract_id": "18A1", "name": "ONE, INC. (1) / TWO BUILDERS (2) (JV ID: JV-1-1)", "is_winner": "True"},
    {"contract_id": "18A1", "name": "LOSER CORP. (00077)", "is_winner": "False"},
]


@pytest.fixture
def load(tmp_path):
    def load(contracts, bidders=BIDDERS):
        for name, rows in (("contracts", contracts), ("bidders", bidders)):
            with (tmp_path / f"{name}.csv").open("w", newline="") as stream:
                out = csv.DictWriter(stream, list(rows[0]))
                out.writeheader()
                out.writerows(rows)
        return import_facts(tmp_path, tmp_path / "facts", max_bad=1), tmp_path / "facts"

    return load


def test_a_joint_venture_is_split_and_licences_lose_their_zeros():
    members = firms("A.B. CO. (05599) / C  D BUILDERS (F (8431) (JV ID: JV-15-813)")
    assert [(f.id, f.name) for f in members] == [("pcab-5599", "A.B. CO."), ("pcab-8431", "C D BUILDERS (F")]


def test_a_revoked_licence_is_the_same_firm_and_says_nothing():
    (firm,) = firms("ST. SOMETHING CORP. ([REVOKED] 31762)")
    assert (firm.id, firm.name) == ("pcab-31762", "ST. SOMETHING CORP.")


def test_a_firm_without_a_licence_is_known_by_its_name():
    first, second = firms("Foreign Co., Ltd. / FOREIGN  CO., LTD. / OTHER CO.")
    assert first.id.startswith("name-")
    assert first.id != second.id


def test_a_contract_becomes_a_row_for_each_member_with_an_equal_share(load, rows_of):
    _, facts = load([CONTRACT])
    rows = rows_of(facts, "contracts", "ended_on IS NULL")
    assert sorted(row["value"] for row in rows) == [Decimal("333.33"), Decimal("333.33"), Decimal("333.34")]
    for row in rows:
        assert (row["members"], row["share"], row["amount"]) == (3, Decimal("0.33333333"), 1000)
        assert row["currency"] == "PHP"
        assert row["signed_on"] == datetime(2018, 8, 24, 15, 59, 59, 999999)


def test_a_completion_is_known_when_it_happens(load, rows_of):
    _, facts = load([CONTRACT])
    before, after = sorted(rows_of(facts, "milestones", "supplier_id = 'pcab-1'"), key=lambda r: r["known_at"])
    assert (before["met_on"], before["known_at"]) == (None, datetime(2018, 8, 24, 15, 59, 59, 999999))
    assert after["met_on"] == after["known_at"] == before["known_until"] == datetime(2019, 4, 20, 15, 59, 59, 999999)
    ended = rows_of(facts, "contracts", "end_state = 'completed'")
    assert {row["ended_on"] for row in ended} == {row["known_at"] for row in ended} == {after["met_on"]}


def test_a_terminated_contract_ends_early_and_is_never_delivered(load, rows_of):
    _, facts = load([{**CONTRACT, "status": "Terminated"}])
    assert {r["end_state"] for r in rows_of(facts, "contracts", "ended_on IS NOT NULL")} == {"terminated_early"}
    assert {r["met_on"] for r in rows_of(facts, "milestones")} == {None}


def test_an_open_contract_has_one_row_and_no_end(load, rows_of):
    _, facts = load([{**CONTRACT, "status": "On-Going", "actual_completion_date": "", "contractor": "ONE (1)"}])
    (row,) = rows_of(facts, "contracts")
    assert (row["end_state"], row["ended_on"]) == (None, None)


def test_bidders_become_bids_whose_result_is_known_from_the_award_on(load, rows_of):
    summary, facts = load([CONTRACT])
    bids = rows_of(facts, "bids")
    assert sorted((b["supplier_id"], b["result"], b["bidders"]) for b in bids) == [
        ("pcab-1", "won", 2),
        ("pcab-2", "won", 2),
        ("pcab-77", "lost", 2),
    ]
    assert {b["decided_on"] for b in bids} == {datetime(2018, 8, 24, 15, 59, 59, 999999)}  # a blank award date
    assert {b["occurred_at"] for b in bids} == {datetime(2018, 5, 15, 15, 59, 59, 999999)}
    assert any("blank award date" in note for note in summary.notes)


def test_a_firm_listed_as_winner_and_loser_of_one_bidding_won_it(load, rows_of):
    twice = [{**BIDDERS[1], "name": "LOSER CORP. (77)", "is_winner": "True"}, *BIDDERS[1:]]
    summary, facts = load([CONTRACT], twice)
    assert [b["result"] for b in rows_of(facts, "bids")] == ["won"]
    assert summary.records["bidders"].excluded.total() == 1


def test_a_contract_without_a_date_of_bidding_has_no_tender_and_no_bids(load, rows_of):
    blank = {"advertised": "1900-01-01 00:00:00.0000000", "bid_deadline": "1900-01-01 00:00:00.0000000"}
    summary, facts = load([{**CONTRACT, **blank}])
    assert {r["tender_id"] for r in rows_of(facts, "contracts")} == {None}
    assert (summary.records["bidders"].used, summary.records["bidders"].excluded.total()) == (0, 2)


def test_a_contract_that_never_took_effect_is_quarantined(load):
    summary, _ = load([CONTRACT, {**CONTRACT, "contract_id": "18A2", "effectivity_date": "", "status": "On-Going"}])
    assert summary.by_kind == {"missing_value": 3, "broken_reference": 1}


def test_a_missing_column_or_file_is_refused(load, tmp_path):
    with pytest.raises(InputError, match="'office' is missing"):
        load([{name: cell for name, cell in CONTRACT.items() if name != "office"}])
    (tmp_path / "contracts.csv").unlink()
    with pytest.raises(InputError, match=r"contracts\.csv is not here"):
        import_facts(tmp_path, tmp_path / "facts", format="dpwh")


def test_the_real_files_import_with_every_record_accounted_for(real):
    summary, _ = real("dpwh")
    for record in summary.records.values():
        assert record.read == record.used + record.excluded.total() + record.quarantined
    assert (summary.records["contracts"].read, summary.records["bidders"].read) == (1036, 3831)
    assert summary.read == summary.loaded + summary.duplicates + summary.quarantined
    assert summary.by_kind == {"missing_value": 1, "broken_reference": 1}
    assert summary.currency == "PHP"


def test_the_real_outcomes_are_those_that_were_counted_by_hand(real, rows_of):
    _, facts = real("dpwh")
    ended = rows_of(facts, "contracts", "end_state IS NOT NULL AND known_until IS NULL")
    assert len({r["contract_id"] for r in ended}) == 956
    assert len({r["contract_id"] for r in ended if r["end_state"] == "terminated_early"}) == 15
    late = {r["contract_id"] for r in rows_of(facts, "milestones", "met_on > due_on")}
    assert len(late | {r["contract_id"] for r in ended if r["end_state"] == "terminated_early"}) == 307


def test_the_folder_is_recognised_by_its_two_files(load, tmp_path):
    load([CONTRACT])
    assert detect(tmp_path) == "dpwh"


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    file = tmp_path / "contracts.csv"
    file.write_text("contract_id\n")
    with pytest.raises(InputError, match="is not here"):
        import_facts(file, tmp_path / "facts", format="dpwh")


def test_a_cell_that_never_ends_is_refused(load):
    with pytest.raises(InputError, match=r"contracts.csv, line \d+: The file is not CSV"):
        load([{**CONTRACT, "office": "x" * 5_000_000}])

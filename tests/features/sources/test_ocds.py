"""OCDS packages, records and lines: what becomes of each part, and the real files."""

import gzip
import json
from datetime import datetime
from pathlib import Path

import pytest

from features.errors import InputError
from features.importing import import_facts

RELEASE = json.loads((Path(__file__).parent / "release.json").read_text())


def changed(path, value, release=RELEASE):
    """A copy of the release with the part at a slash-separated path replaced, or removed for None."""
    copy = json.loads(json.dumps(release))
    *parents, last = [int(p) if p.isdigit() else p for p in path.split("/")]
    at = copy
    for name in parents:
        at = at[name]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return copy


@pytest.fixture
def load(tmp_path):
    """Write a document (or bytes) under a name and import it."""

    def load(document, name="p.json", max_bad=1):
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        (tmp_path / name).write_bytes(data)
        facts = tmp_path / "facts"
        summary = import_facts(tmp_path / name, facts, format="ocds", max_bad=max_bad, tz="UTC")
        for record in summary.records.values():
            assert record.read == record.used + record.excluded.total() + record.quarantined
        assert summary.read == summary.loaded + summary.duplicates + summary.quarantined
        return summary, facts

    return load


def package(*releases, **more):
    return {"uri": "u", "version": "1.1", "releases": list(releases), **more}


def held(summary):
    return [json.loads(line) for line in summary.quarantine.read_text().splitlines()]


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
    assert stages == {"process", "result", "contract"}


def test_every_form_of_a_file_gives_the_same_facts(load, tmp_path):
    body = json.dumps(package(RELEASE)).encode()
    line = json.dumps(RELEASE).encode()
    record = {"records": [{"ocid": "ocds-1", "compiledRelease": RELEASE, "releases": [RELEASE]}]}
    forms = {
        "package.json": body,
        "pretty.json": json.dumps(package(RELEASE), indent=2).encode(),
        "bom.json": b"\xef\xbb\xbf" + body,
        "lines.json": body + b"\n" + body + b"\n",
        "lines.jsonl": line + b"\n\n" + line,
        "lines.jsonl.gz": gzip.compress(line),
        "packed.json.gz": gzip.compress(body),
        "bare.json": line,
        "array.json": b"[\n" + line + b",\n" + line + b"]",
        "record.json": json.dumps(record).encode(),
        "embedded.json": json.dumps({"records": [{"ocid": "ocds-1", "releases": [RELEASE]}]}).encode(),
        "version.json": json.dumps(package(RELEASE, version="1.0")).encode(),
    }
    digests = {}
    for name, data in forms.items():
        (tmp_path / name).write_bytes(data)
        digests[name] = import_facts(tmp_path / name, tmp_path / f"facts-{name}", format="ocds").digest
    assert len(set(digests.values())) == 1, digests


def test_a_compiled_release_stands_for_the_releases_of_its_record(load):
    record = {"ocid": "ocds-1", "compiledRelease": RELEASE, "releases": [RELEASE, RELEASE]}
    count = load({"records": [record]})[0].records["releases"]
    assert (count.read, count.used, count.excluded.total()) == (3, 1, 2)


def test_linked_releases_are_refused_with_the_reason(load):
    linked = {"url": "https://example.org/r1", "date": "2020-06-01T12:00:00Z", "tag": ["tender"]}
    summary, _ = load({"records": [{"ocid": "ocds-1", "releases": [linked, RELEASE]}]})
    (row,) = held(summary)
    assert (row["kind"], row["pointer"]) == ("linked_release", "/records/0/releases/0")
    assert "downloads nothing" in row["reason"]


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
    found = {r["supplier_id"]: (r["result"], r["bidders"], r["occurred_at"].month) for r in rows_of(facts, "bids")}
    assert found == {"S1": ("won", 3, 1), "S2": ("lost", 3, 2), "S3": ("disqualified", 3, 2)}


def test_a_contract_without_an_award_has_no_supplier_and_is_quarantined(load):
    summary, _ = load(package(changed("awards", None)))
    kinds = {(row["table"], row["kind"]) for row in held(summary)}
    assert ("contracts", "no_supplier") in kinds
    assert {kind for table, kind in kinds if table != "contracts"} == {"broken_reference"}
    assert "/releases/0/contracts/0" in {row["pointer"] for row in held(summary)}


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


@pytest.mark.parametrize(
    ("date", "status", "milestones", "expected"),
    [
        ("2021-01-05T12:00:00Z", "terminated", "scheduled", ("completed", datetime(2020, 12, 31, 23, 59, 59, 999999))),
        ("2020-06-01T12:00:00Z", "terminated", "scheduled", ("terminated_early", datetime(2020, 6, 1, 12))),
        ("2020-06-01T12:00:00Z", "terminated", "met", ("completed", datetime(2020, 6, 1, 12))),
        ("2020-01-01T12:00:00Z", "terminated", "scheduled", (None, None)),
        ("2020-06-01T12:00:00Z", "cancelled", "scheduled", ("cancelled", datetime(2020, 6, 1, 12))),
        ("2020-06-01T12:00:00Z", "active", "scheduled", (None, None)),
    ],
)
def test_how_a_contract_ended_is_derived_once(load, rows_of, date, status, milestones, expected):
    release = changed("contracts/0/status", status, changed("date", date))
    release["contracts"][0]["implementation"]["milestones"][0] |= {
        "status": milestones,
        "dateMet": "2020-04-30T09:00:00Z",
    }
    _, facts = load(package(release))
    (row,) = rows_of(facts, "contracts")
    assert (row["end_state"], row["ended_on"]) == expected


@pytest.mark.parametrize(
    ("milestone", "expected"),
    [
        ({"status": "met", "dateMet": "2020-04-30T09:00:00Z"}, [(datetime(2020, 4, 30, 9), "passed")]),
        ({"status": "met", "dateModified": "2020-04-30T09:00:00Z"}, [(datetime(2020, 4, 30, 9), "passed")]),
        ({"status": "met", "dueDate": "2020-09-01T00:00:00Z"}, [(datetime(2020, 6, 1, 12), "passed")]),
        ({"status": "met"}, []),
        ({"status": "partiallyMet"}, [(None, None)]),
        ({"status": "notMet"}, [(None, None)]),
        ({"type": "reporting"}, []),
    ],
)
def test_when_a_milestone_was_met(load, rows_of, milestone, expected):
    release = changed("contracts/0/implementation/milestones/0/status", "scheduled")
    release["contracts"][0]["implementation"]["milestones"].append({"id": "k2", "dueDate": "2020-05-01", **milestone})
    _, facts = load(package(release))
    rows = rows_of(facts, "milestones", "milestone_id = 'ocds-1/c1/k2'")
    assert [(r["met_on"], r["result"]) for r in rows] == expected


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


def test_a_line_that_is_not_json_is_quarantined_with_its_number(load):
    line = json.dumps(RELEASE).encode()
    summary, _ = load(line + b"\n{broken\n" + b'{"amount": NaN}\n', name="p.jsonl")
    assert [(row["line"], row["kind"]) for row in held(summary)] == [(2, "not_json"), (3, "not_json")]


@pytest.mark.parametrize("data", [b"", b"[", b'{"releases": [{"ocid": "x"}', b"\xff\xfe", b'{"a": 1}', b"null"])
def test_a_file_without_a_readable_release_is_refused(load, tmp_path, data):
    with pytest.raises(InputError):
        load(data)
    assert not (tmp_path / "facts").exists()


def test_a_gzip_file_that_is_cut_off_is_refused(load):
    with pytest.raises(InputError, match="gzip"):
        load(gzip.compress(json.dumps(package(RELEASE)).encode())[:-20], name="p.json.gz")


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
    assert summary.by_kind == {"broken_reference": 4, "no_supplier": 2, "conflict": 4}
    assert summary.ignored == ("LICENSE",)


def test_half_a_character_quarantines_the_row_it_stands_in(load):
    odd = changed("parties/0/name", "x\ud800y", changed("ocid", "ocds-2"))
    summary, _ = load(package(RELEASE, odd))
    assert [(r["table"], r["kind"]) for r in held(summary)] == [("buyers", "bad_text")]


def test_a_line_nested_a_hundred_thousand_deep_is_quarantined(load):
    deep = b'{"ocid": "x", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    summary, _ = load(json.dumps(RELEASE).encode() + b"\n" + deep + b"\n", name="p.jsonl")
    assert [(r["kind"], r["line"]) for r in held(summary)] == [("not_json", 2)]


def test_a_package_nested_too_deeply_is_refused_before_it_costs_memory(load):
    deep = json.dumps(package(RELEASE))[:-2].encode() + b', {"x": "[[\\"", "y": ' + b"[" * 100_000
    with pytest.raises(InputError, match="nested more than 200 levels deep"):
        load(deep)


def test_brackets_in_texts_are_no_nesting(load):
    summary, _ = load(package(changed("parties/0/name", '[{\\"' * 30_000, RELEASE)))
    assert summary.quarantined == 0


def test_a_number_of_five_thousand_digits_is_quarantined_and_does_not_crash_the_process(load):
    text = json.dumps(package(RELEASE, changed("ocid", "ocds-2")))
    head, amount, tail = text.rpartition('"amount": 90.5')
    assert amount
    summary, _ = load((head + '"amount": ' + "9" * 5000 + tail).encode())
    assert "bad_number" in {r["kind"] for r in held(summary)}


def test_a_contract_without_an_id_has_no_name_to_be_known_by(load):
    summary, _ = load(package(RELEASE, changed("contracts/0/id", None, changed("ocid", "ocds-2"))))
    assert [r["pointer"] for r in held(summary)] == ["/releases/1/contracts/0/id"]

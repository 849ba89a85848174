"""Bad OCDS never half loads: what is wrong is said with its place, and all the rest is as if it had not been there."""

import json
from collections import Counter, defaultdict

import pytest

from features.importing.import_facts import import_facts
from features.sources.ocds.fields import KEY
from tests.features.sources.release import RELEASE, changed, package, quarantined_rows

pytestmark = pytest.mark.slow  # imports facts in every test

PAID = "contracts/0/implementation/transactions/0"
MET = "contracts/0/implementation/milestones/0"
LINKED = {"url": "https://example.org/r1", "date": "2020-06-01T12:00:00Z", "tag": ["tender"]}
OWN = {"version": 1}
BID = {"id": "1", "status": "valid", "tenderers": [{"id": "S1"}], "value": {"amount": "1,000", "currency": "CNY"}}

# What a release is refused for as a whole: the part that is replaced, by what, the kind, the pointer within it.
REFUSED = {
    "no ocid": ("ocid", None, "missing_value", "/ocid"),
    "ocid is an object": ("ocid", {"a": 1}, "bad_shape", "/ocid"),
    "ocid is blank": ("ocid", "  ", "missing_value", "/ocid"),
    "no date": ("date", None, "missing_value", "/date"),
    "date is an array": ("date", ["2020-06-01"], "bad_shape", "/date"),
    "our extension is a string": (KEY, "yes", "bad_shape", f"/{KEY}"),
    "our extension of a later version": (KEY, {"version": 2}, "unknown_version", f"/{KEY}/version"),
}

# Parts of the wrong shape: the part that is replaced, by what, the table, kind and pointer of the part that is lost.
PARTS = {
    "buyer is a string": ("buyer", "City", "buyers", "bad_shape", "/buyer"),
    "buyer is an array": ("buyer", [{"id": "B1"}], "buyers", "bad_shape", "/buyer"),
    "a party is a string": ("parties/1", "S1", "suppliers", "bad_shape", "/parties/1"),
    "a party's id is an object": ("parties/1/id", {}, "suppliers", "bad_shape", "/parties/1/id"),
    "a party's id is true": ("parties/1/id", True, "suppliers", "bad_shape", "/parties/1/id"),
    "a party's address is a string": ("parties/1/address", "here", "suppliers", "bad_shape", "/parties/1/address"),
    "planning is a string": ("planning", "yes", "stages", "bad_shape", "/planning"),
    "tender is a string": ("tender", "open", "tenders", "bad_shape", "/tender"),
    "tender period is a string": ("tender/tenderPeriod", "soon", "tenders", "bad_shape", "/tender/tenderPeriod"),
    "tender value is an array": ("tender/value", [100], "tenders", "bad_shape", "/tender/value"),
    "bids are an array": ("bids", [BID], "bids", "bad_shape", "/bids"),
    "tenderers are a string": (
        *("bids", {"details": [{"id": "1", "tenderers": "S1"}]}),
        *("bids", "bad_shape", "/bids/details/0/tenderers"),
    ),
    "an award is a string": ("awards/0", "x", "bids", "bad_shape", "/awards/0"),
    "an award's date is an object": ("awards/0/date", {}, "bids", "bad_shape", "/awards/0/date"),
    "contracts are a string": ("contracts", "none", "contracts", "bad_shape", "/contracts"),
    "a contract without an id": ("contracts/0/id", None, "contracts", "missing_value", "/contracts/0/id"),
    "a contract's id is an object": ("contracts/0/id", {"a": 1}, "contracts", "bad_shape", "/contracts/0/id"),
    "a contract's value is an array": ("contracts/0/value", [1], "contracts", "bad_shape", "/contracts/0/value"),
    "a contract's period is a string": ("contracts/0/period", "2020", "contracts", "bad_shape", "/contracts/0/period"),
    "implementation is an array": (
        *("contracts/0/implementation", [1]),
        *("milestones", "bad_shape", "/contracts/0/implementation"),
    ),
    "transactions are a string": (PAID[:-2], "none", "payments", "bad_shape", f"/{PAID[:-2]}"),
    "a transaction is a number": (PAID, 9, "payments", "bad_shape", f"/{PAID}"),
    "a due date is an object": (f"{MET}/dueDate", {}, "milestones", "bad_shape", f"/{MET}/dueDate"),
    "amendments are a string": ("contracts/0/amendments", "one", "amendments", "bad_shape", "/contracts/0/amendments"),
}

# What single rows of a sound release are quarantined for.
ROWS = {
    "amount is an object": ("contracts/0/value/amount", {}, ("contracts", "bad_number")),
    "amount with a comma": ("contracts/0/value/amount", "1,000", ("contracts", "bad_number")),
    "amount of 1e308": ("contracts/0/value/amount", 1e308, ("contracts", "bad_number")),
    "amount of a hundred trillion": ("contracts/0/value/amount", 10**14, ("contracts", "out_of_range")),
    "amount in words": ("contracts/0/value/amount", "many", ("contracts", "bad_number")),
    "amount is true": ("contracts/0/value/amount", True, ("contracts", "bad_number")),
    "amount of 4,000 digits": ("contracts/0/value/amount", 10**3999, ("contracts", "bad_number")),
    "no amount": ("contracts/0/value/amount", None, ("contracts", "missing_value")),
    "no currency": ("contracts/0/value/currency", None, ("contracts", "missing_value")),
    "currency XXX": ("contracts/0/value/currency", "XXX", ("contracts", "bad_currency")),
    "currency is a number": ("contracts/0/value/currency", 156, ("contracts", "missing_value")),
    "signed in the year 4440": ("contracts/0/dateSigned", "4440-01-01T10:00:00Z", ("contracts", "bad_date")),
    "signed in the year 1": ("contracts/0/dateSigned", "0001-01-01T10:00:00Z", ("contracts", "bad_date")),
    "signed on no day": ("contracts/0/dateSigned", "2020-02-30", ("contracts", "bad_date")),
    "signed soon": ("contracts/0/dateSigned", "soon", ("contracts", "bad_date")),
    "released in the year 4440": ("date", "4440-01-01T10:00:00Z", ("contracts", "bad_date")),
    "released soon": ("date", "soon", ("contracts", "bad_date")),
    "awards are an empty object": ("awards", {}, ("contracts", "no_supplier")),
    "bid details are an object": ("bids", {"details": BID}, ("bids", "bad_number")),
    "an award without a supplier": ("awards/0/suppliers", None, ("contracts", "no_supplier")),
    "an award to nobody": ("awards/0/suppliers", [{}], ("contracts", "no_supplier")),
    "no award": ("awards", None, ("contracts", "no_supplier")),
    "an award that is not there": ("contracts/0/awardID", "a9", ("contracts", "no_supplier")),
    "an id of 200 characters": ("contracts/0/id", "c" * 200, ("contracts", "bad_id")),
    "an id with a control character": ("contracts/0/id", "c\u0001", ("contracts", "bad_id")),
    "half a character": ("parties/0/name", "x\ud800y", ("buyers", "bad_text")),
    "a payment without an amount": (f"{PAID}/value/amount", None, ("payments", "missing_value")),
    "a payment in XXX": (f"{PAID}/value/currency", "XXX", ("payments", "bad_currency")),
    "a delivery met yesterday": (f"{MET}/dateMet", "yesterday", ("milestones", "bad_date")),
    "an amendment of 4440": ("contracts/0/amendments/0/date", "4440-01-01", ("amendments", "bad_date")),
    "a bid of 1,000 with a comma": ("bids", {"details": [BID]}, ("bids", "bad_number")),
    "three bidders in words": ("tender/numberOfTenderers", "three", ("bids", "bad_number")),
    "a tender of 1600": ("tender/tenderPeriod/startDate", "1600-01-01", ("tenders", "bad_date")),
    "a period that ends on no day": ("contracts/0/period/endDate", "2020-02-30", ("contracts", "bad_date")),
}

# What is odd, and legal.
LEGAL = {
    "parties is an object": ("parties", RELEASE["parties"][1]),
    "a role that is no array": ("parties/1/roles", "supplier"),
    "a plan's documents are an object": ("planning", {"documents": {}}),
    "an award's suppliers are an object": ("awards/0/suppliers", {"id": "S1"}),
    "milestones are an object": (MET[:-2], {}),
    "a period that ends in 4440": ("contracts/0/period/endDate", "4440-01-01"),
    "extension fields": ("x_extension", [1, {"deep": True}]),
    "__proto__": ("__proto__", {"polluted": True}),
    "a name of 1 MB": ("k" * 1_000_000, 1),
    "an empty name": ("", ""),
    "no language": ("language", ""),
    "no bidder counted": ("tender/numberOfTenderers", 0),
    "a negative amount": ("contracts/0/value/amount", -5),
    "an amount as text": ("contracts/0/value/amount", "5.50"),
    "an amount with an exponent": ("contracts/0/value/amount", 1.5e3),
    "a document of nothing": ("tender/documents", [{}]),
    "a party with a role that nobody knows": ("parties/1/roles", ["supplier", "friend"]),
    "roles that are no array": ("parties/2/roles", "tenderer"),
    "ids that are numbers": ("contracts/0/implementation/transactions/0/id", 7),
}


def numbered(releases):
    """Releases with an ocid and a contract of their own each, unless it is the ocid that is wrong."""
    return [
        r if not isinstance(r.get("ocid"), str) or not r["ocid"].strip() else {**r, "ocid": f"o{i}"}
        for i, r in enumerate(releases)
    ]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Every bad and every odd release in one package, imported; and what was said of each by its place."""
    root = tmp_path_factory.mktemp("corpus")
    names = [*REFUSED, *PARTS, *ROWS, *LEGAL]
    cases = [*REFUSED.values(), *PARTS.values(), *ROWS.values(), *LEGAL.values()]
    releases = numbered([changed(*case[:2]) for case in cases])
    (root / "p.json").write_text(json.dumps(package(*releases)))
    summary = import_facts(root / "p.json", root / "facts", max_bad=1, tz="UTC")
    said = defaultdict(list)
    for row in quarantined_rows(summary):
        said[names[int(row["pointer"].split("/")[2])]].append(row)
    return summary, said, root


def test_the_corpus_is_large_enough():
    assert len(REFUSED) + len(PARTS) + len(ROWS) >= 60


@pytest.mark.parametrize("name", REFUSED)
def test_a_release_without_ocid_or_date_is_refused_whole_with_its_place(corpus, name):
    _, quarantined, _ = corpus
    (row,) = quarantined[name]
    *_, kind, pointer = REFUSED[name]
    assert (row["table"], row["kind"]) == ("releases", kind)
    assert row["pointer"].endswith(pointer)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_the_wrong_shape_is_quarantined_by_itself_with_its_place(corpus, name):
    _, quarantined, _ = corpus
    *_, table, kind, pointer = PARTS[name]
    place = next(row["pointer"].split("/")[2] for row in quarantined[name])
    rows = {(row["table"], row["kind"], row["pointer"]) for row in quarantined[name]}
    assert (table, kind, f"/releases/{place}{pointer}") in rows
    assert "releases" not in {table for table, *_ in rows}
    others = {kind for other, kind, _ in rows if other != table}
    assert others <= {"broken_reference", "missing_value", "no_supplier"}  # of what is not there


@pytest.mark.parametrize("name", ROWS)
def test_a_bad_row_is_quarantined_with_its_place_and_no_value(corpus, name):
    _, said, _ = corpus
    table, kind = ROWS[name][2]
    assert (table, kind) in {(row["table"], row["kind"]) for row in said[name]}
    assert all(row["pointer"].startswith("/releases/") and row["reason"] for row in said[name])
    others = {row["kind"] for row in said[name] if row["table"] != table}
    assert others <= {"broken_reference", "missing_value", kind}  # children of what is not there


@pytest.mark.parametrize("name", LEGAL)
def test_what_is_odd_but_legal_is_loaded(corpus, name):
    _, said, _ = corpus
    assert said[name] == []


def test_the_account_of_the_corpus_balances_and_a_second_import_changes_nothing(corpus):
    summary, _, root = corpus
    record = summary.records["releases"]
    parts = len(PARTS) + len(ROWS) + len(LEGAL)
    assert (record.read, record.quarantined) == (len(REFUSED) + parts, len(REFUSED))
    assert summary.read == summary.loaded + summary.duplicates + summary.quarantined
    again = import_facts(root / "p.json", root / "facts", max_bad=1, tz="UTC")
    assert (again.changed, again.loaded, again.quarantine) == (False, 0, summary.quarantine)


@pytest.mark.parametrize(
    ("releases", "kinds"),
    [
        ((RELEASE, "a release"), {"bad_shape": 1}),
        ((RELEASE, None), {"bad_shape": 1}),
        ((RELEASE, []), {"bad_shape": 1}),
        ((RELEASE, 7), {"bad_shape": 1}),
        ((RELEASE, LINKED), {"linked_release": 1}),
        ((RELEASE, {"ocid": "o2"}), {"missing_value": 1}),
        # What hangs on a contract that is not stored names nothing.
        ((RELEASE, changed("contracts/0/value/amount", 1)), {"conflict": 2, "broken_reference": 10}),
        (
            (
                changed(
                    "contracts",
                    [{**RELEASE["contracts"][0], "value": {"amount": n, "currency": "CNY"}} for n in (1, 2)],
                ),
            ),
            {"same_id_twice": 2},
        ),
        ((RELEASE, {**RELEASE, "ocid": "o2"}), {}),  # one id under two ocids is legal
        ((RELEASE, {"ocid": "ocds-1", "releases": [changed("date", "2020-07-01T12:00:00Z")]}), {}),  # a record
        ((RELEASE, {**RELEASE, "ocid": "o2", KEY: OWN}), {}),
        ((RELEASE, {"ocid": "o3", "date": "2020-06-01T12:00:00Z", KEY: OWN, "buyer": "B1"}), {"bad_shape": 1}),
        ((RELEASE, {"ocid": "o3", KEY: OWN}), {"missing_value": 1}),
        (
            (RELEASE, {"ocid": "o3", "date": "2020-06-01", KEY: OWN, "tender": {KEY: {"payee_account": "1"}}}),
            {"unknown_column": 1},
        ),
        (
            (RELEASE, {"ocid": "o3", "date": "2020-06-01", KEY: OWN, "tender": {KEY: {"estimate": [1]}}}),
            {"bad_shape": 1},
        ),
        ((RELEASE, {"ocid": "o3", "date": "2020-06-01", KEY: OWN, "tender": {KEY: {}, "id": [1]}}), {"bad_shape": 1}),
    ],
)
def test_what_a_package_may_hold_besides_releases(load, releases, kinds):
    summary, _ = load(package(*releases))
    quarantined = Counter(row["kind"] for row in quarantined_rows(summary)) if summary.quarantine else Counter()
    assert {kind: quarantined[kind] for kind in kinds} == kinds
    assert set(quarantined) <= set(kinds)

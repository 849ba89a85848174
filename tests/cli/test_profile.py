"""One supplier's profile for a person, and which ways to a profile can be asked for together."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cli.shared.supplier_page import lines
from cli.shared.terminal import counting
from cli.verbs.profile import check_changed, check_one_way, show_supplier, write_cases
from features.declarations.catalogue import COLUMNS, FAMILIES
from features.errors import InputError
from features.facts.store import Facts
from features.importing.import_facts import import_facts
from features.profiles.build import build_one
from sandbox.make import make_sandbox

pytestmark = pytest.mark.slow

DAY = "2024-06-01"


@pytest.fixture(scope="module")
def facts(tmp_path_factory) -> Facts:
    folder = tmp_path_factory.mktemp("market")
    make_sandbox(folder / "sandbox", "plain", 20, 5)
    import_facts(folder / "sandbox" / "facts", folder / "facts")
    return Facts.open(folder / "facts")


@pytest.fixture(scope="module")
def supplier(facts) -> str:
    contracts = pq.read_table(facts.tables["contracts"], columns=["supplier_id", "known_at"]).to_pylist()
    return min((row["known_at"], row["supplier_id"]) for row in contracts)[1]


@pytest.mark.parametrize(("lang", "family"), [("en", "Delivery"), ("zh", "履约")])
def test_a_profile_is_printed_by_family_with_its_date_depth_and_units(facts, supplier, lang, family):
    table = build_one(facts, supplier, facts.instant(DAY))
    printed = list(lines(facts, table, lang=lang))
    assert printed[0] == f"{supplier}  as_of {DAY}T00:00:00+08:00  CNY"
    assert any(character.isdigit() for character in printed[1])
    assert f"\n{family}" in printed
    row = table.to_pylist()[0]
    known = [c for c in COLUMNS if row.get(c.name) is not None]
    assert len([line for line in printed if ": " in line]) >= len(known)
    assert len([line for line in printed if line.startswith("\n")]) <= len(FAMILIES)
    assert any("CNY " in line for line in printed[1:])
    assert any(("last 365 days" if lang == "en" else "近365天") in line for line in printed)


def test_a_printed_profile_is_that_of_the_batch(facts, supplier, tmp_path):
    show_supplier(facts.path, supplier, as_of=DAY, lang="en", out_file=tmp_path / "one.parquet")
    write_cases(facts.path, as_of=DAY, spine=None, out_file=tmp_path / "all.parquet")
    one, everybody = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("one", "all"))
    [row] = [row for row in everybody.to_pylist() if row["supplier_id"] == supplier]
    assert one.to_pylist() == [row]
    assert one.column_names == everybody.column_names


@pytest.mark.parametrize(("supplier_id", "day"), [("unknown", DAY), (None, "2001-01-01")])
def test_a_supplier_of_whom_nothing_was_known_is_refused(facts, supplier, supplier_id, day):
    with pytest.raises(InputError, match="No fact of this supplier's own was known"):
        show_supplier(facts.path, supplier_id or supplier, as_of=day, lang="en", out_file=None)


FILE = Path("profiles.parquet")
MEANT = [
    {"as_of": DAY, "out_file": FILE},
    {"spine": FILE, "out_file": FILE},
    {"supplier": "S"},
    {"supplier": "S", "as_of": DAY, "out_file": FILE},
    {"fleet": True},
    {"fleet": True, "as_of": DAY},
]
NOT_MEANT = [
    ({}, "Say which cases"),
    ({"out_file": FILE}, "Say which cases"),
    ({"as_of": DAY, "spine": FILE, "out_file": FILE}, "Say which cases"),
    ({"supplier": "S", "fleet": True}, "Say which cases"),
    ({"supplier": "S", "spine": FILE, "out_file": FILE}, "Say which cases"),
    ({"fleet": True, "out_file": FILE}, "writes into <home>/profiles"),
    ({"as_of": DAY}, "No file to write to"),
]


@pytest.mark.parametrize("asked", MEANT)
def test_one_way_to_a_profile_is_taken(asked):
    check_one_way(**ways(asked))


@pytest.mark.parametrize(("asked", "words"), NOT_MEANT)
def test_what_cannot_be_meant_is_refused(asked, words):
    with pytest.raises(InputError, match=words):
        check_one_way(**ways(asked))


def ways(asked: dict) -> dict:
    return {"as_of": None, "spine": None, "supplier": None, "fleet": False, "out_file": None} | asked


def test_only_stored_profiles_are_kept():
    check_changed(fleet=True, changed_since=DAY)
    with pytest.raises(InputError, match="Only stored profiles"):
        check_changed(fleet=False, changed_since=DAY)


def test_counts_tell_the_rate_and_the_time_left_of_what_is_done_today(monkeypatch):
    clock = iter([0.0, 2.0, 4.0])
    monkeypatch.setattr("cli.shared.terminal.time.perf_counter", lambda: next(clock))
    reports = []
    progress = counting(lambda *report: reports.append(report))
    progress("suppliers", 1000, 5000)
    progress("suppliers", 3000, 5000)
    assert reports == [
        ("1,000 of 5,000 suppliers", 0.2),
        ("3,000 of 5,000 suppliers, 500 a second, 4 s left", 0.6),
    ]

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from features.errors import InputError
from features.facts.store import Facts, instant
from features.importing.import_facts import import_facts

SHANGHAI = "Asia/Shanghai"


def test_a_bare_date_is_midnight_in_the_facts_time_zone():
    assert datetime(2025, 6, 30, 16) == instant("2025-07-01", SHANGHAI)
    assert datetime(2025, 6, 30, 16) == instant(date(2025, 7, 1), SHANGHAI)


def test_text_without_an_offset_is_local_time():
    assert datetime(2025, 7, 1, 4) == instant("2025-07-01T12:00:00", SHANGHAI)


def test_an_offset_is_obeyed():
    assert datetime(2025, 7, 1, 12) == instant("2025-07-01T12:00:00Z", SHANGHAI)
    assert datetime(2025, 7, 1, 12) == instant(datetime(2025, 7, 1, 12, tzinfo=UTC), SHANGHAI)


def test_a_naive_datetime_is_already_utc():
    assert datetime(2025, 7, 1, 12) == instant(datetime(2025, 7, 1, 12), SHANGHAI)


@pytest.mark.parametrize("text", ["", "soon", "2025-13-01", "20250701T", "2025-07-01T25:00"])
def test_what_is_no_date_is_refused_by_name(text):
    with pytest.raises(InputError, match="no date"):
        instant(text, SHANGHAI)


def test_the_edge_of_the_calendar_is_refused():
    with pytest.raises(InputError, match="calendar"):
        instant("0001-01-01", SHANGHAI)


def test_a_folder_without_an_import_is_refused(tmp_path):
    with pytest.raises(InputError, match="import"):
        Facts.open(tmp_path)


def test_a_manifest_of_something_else_is_refused(tmp_path):
    (tmp_path / "manifest.json").write_text('{"synthetic": true}')
    with pytest.raises(InputError, match="not the manifest"):
        Facts.open(tmp_path)


def imported(folder: Path, amount: str, contract: str = "C1") -> Path:
    """Facts of one contract."""
    row = f"{contract},S1,B1,contract,2024-03-04,2024-09-01,{amount},CNY,2024-03-05\n"
    (folder / "source").mkdir(parents=True)
    (folder / "source/suppliers.csv").write_text("supplier_id,kind\nS1,legal_person\n")
    (folder / "source/contracts.csv").write_text(
        "contract_id,supplier_id,buyer_id,kind,signed_on,ends_on,amount,currency,known_at\n" + row
    )
    import_facts(folder / "source", folder / "facts")
    return folder / "facts"


def opening(folder: Path) -> str:
    """How facts open: their digest, or where they are refused and why."""
    try:
        return Facts.open(folder).digest
    except InputError as refused:
        return f"{refused.where}: {refused.what} {refused.fix}"


def test_a_table_replaced_by_another_of_the_same_name_is_refused_by_its_name(tmp_path):
    mine, other = imported(tmp_path / "mine", "71000.00"), imported(tmp_path / "other", "910000.00")
    table = Facts.open(mine).tables["contracts"]
    shutil.copy(Facts.open(other).tables["contracts"], table)
    seen = opening(mine)
    assert seen.startswith(f"{table}: The file of table 'contracts' is not what was imported")
    assert "Restore this file from a back-up" in seen


def test_one_damaged_byte_of_a_table_is_found(tmp_path):
    folder = imported(tmp_path, "71000.00")
    table = Facts.open(folder).tables["contracts"]
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(content)
    assert str(table) in opening(folder)


def test_an_import_does_not_merge_a_damaged_table(tmp_path):
    """Its rows would get a digest that says they are what was imported."""
    mine, other = imported(tmp_path / "mine", "71000.00"), imported(tmp_path / "other", "910000.00")
    shutil.copy(Facts.open(other).tables["contracts"], Facts.open(mine).tables["contracts"])
    before = (mine / "manifest.json").read_bytes()
    imported(tmp_path / "more", "5000.00", contract="C2")
    refused = None
    try:
        import_facts(tmp_path / "more/source", mine)
    except InputError as error:
        refused = error
    assert refused is not None
    assert (mine / "manifest.json").read_bytes() == before

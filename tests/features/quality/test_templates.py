"""Templates of the tables are generated from their declarations."""

import csv
import json

import pytest

from features.facts.tables import TABLES
from features.quality.templates import write_templates
from tests.features.importing.conftest import ROWS, Market

pytestmark = pytest.mark.slow  # imports facts in every test


def test_every_table_has_a_header_and_a_schema(tmp_path) -> None:
    written = {file.name for file in write_templates(tmp_path)}
    assert written == {f"{name}.{ending}" for name in TABLES for ending in ("csv", "schema.json")}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_rows_under_the_template_import(market: Market, tmp_path, name: str) -> None:
    write_templates(tmp_path / "templates")
    header = (tmp_path / "templates" / f"{name}.csv").read_text(encoding="utf-8").strip().split(",")
    row = {column: ROWS[name].get(column, "") for column in header}
    needed = {table: [ROWS[table]] for table in ("contracts", "tenders", "financings")} | {name: [row]}
    assert not market.load(**needed).quarantined


def test_the_schema_names_the_values_of_an_enumeration_and_what_is_required(tmp_path) -> None:
    write_templates(tmp_path)
    schema = json.loads((tmp_path / "contracts.schema.json").read_text(encoding="utf-8"))
    assert schema["properties"]["kind"]["enum"] == ["contract", "order"]
    assert "amount" in schema["else"]["required"]
    assert schema["additionalProperties"] is False
    header = next(csv.reader((tmp_path / "contracts.csv").open(encoding="utf-8")))
    assert list(schema["properties"]) == header

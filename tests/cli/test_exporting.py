"""`supplier-credit export` and `stages`: facts out, and what is said of them."""

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from cli.main import app
from features.facts.store import Facts
from features.facts.tables import STAGES
from features.importing.import_facts import import_facts
from tests.features.importing.conftest import market

__all__ = ["market"]


@pytest.fixture
def facts(market):
    """A contract with one stage, and a conduct record that OCDS cannot carry."""
    row = market.row
    contract = row("contracts", payee_account="62220001")
    market.load(contracts=[contract], stages=[row("stages")], conduct=[row("conduct")])
    return market.facts


def test_an_export_says_what_it_wrote_and_what_it_left_out(facts, tmp_path):
    file = tmp_path / "facts.jsonl"
    result = CliRunner().invoke(app, ["export", str(facts), "--format", "ocds", "--out", str(file)])
    assert result.exit_code == 0
    assert "4 releases of 5 rows" in result.stdout
    assert "left out: conduct, 1 rows, for which OCDS has no place" in result.stdout
    assert "left out: contracts.payee_account, 1 account numbers" in result.stdout
    back = import_facts(file, tmp_path / "back")
    assert back.loaded == 5
    assert Facts.open(tmp_path / "back").tz == "Asia/Shanghai"


def test_the_stages_are_written_and_counted(facts, tmp_path):
    file = tmp_path / "stages.parquet"
    result = CliRunner().invoke(app, ["stages", str(facts), "--as-of", "2025-01-01", "--out", str(file)])
    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines()[1:]] == [
        [stage, "1" if stage == "contract" else "0"] for stage in STAGES
    ]
    assert pq.read_table(file)["contract_id"].to_pylist() == ["C1"]

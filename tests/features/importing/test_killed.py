"""A killed import leaves the old state or the new."""

import json
import os
import signal
import subprocess
import sys
import time

import duckdb
import pytest

from features.errors import InputError
from features.facts.store import Facts, sha256_of
from features.importing.facts_writer import FactsWriter
from features.importing.import_facts import import_facts
from tests.counts import count
from tests.features.sources.release import RELEASE

pytestmark = pytest.mark.slow

IMPORT = "import sys; from features.importing.import_facts import import_facts; import_facts(sys.argv[1], sys.argv[2])"


def state(folder):
    facts = Facts.open(folder)
    facts.verify()
    return facts.digest


def test_a_kill_at_any_moment_leaves_the_old_state_or_the_new(market):
    rows = [market.row("contracts", contract_id=f"C{i}") for i in range(3000)]
    old = market.load(contracts=rows[:10]).digest
    more = market.write(
        "more", contracts=rows, milestones=[market.row("milestones", milestone_id=f"M{i}") for i in range(3000)]
    )
    new = import_facts(more, market.root / "whole").digest
    command = [sys.executable, "-c", IMPORT, str(more), str(market.facts)]
    began = time.monotonic()
    subprocess.run([*command[:-1], str(market.root / "timed")], check=True)
    seconds = time.monotonic() - began
    seen = set()
    for share in count((0.7, 0.85, 0.95), (0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0)):
        process = subprocess.Popen(command)
        time.sleep(seconds * share)
        process.send_signal(signal.SIGKILL)
        process.wait()
        seen.add(state(market.facts))
        assert seen <= {old, new}
    assert import_facts(more, market.facts).digest == new
    left = {str(p.relative_to(market.facts)) for p in market.facts.rglob("*") if p.is_file()}
    assert not [name for name in left if name.startswith(".scratch")]


def test_a_kill_amid_an_import_of_ocds_leaves_the_old_state_or_the_new(market):
    def written(name, releases):
        lines = (json.dumps({**RELEASE, "ocid": f"ocds-{i}"}) + "\n" for i in range(releases))
        (market.root / name).write_text("".join(lines), encoding="utf-8")
        return market.root / name

    old = import_facts(written("old.jsonl", 10), market.facts).digest
    more = written("more.jsonl", count(300, 800))
    command = [sys.executable, "-c", IMPORT, str(more), str(market.facts)]
    began = time.monotonic()
    subprocess.run([*command[:-1], str(market.root / "whole")], check=True)
    seconds = time.monotonic() - began
    new = state(market.root / "whole")
    for share in count((0.7, 0.9), (0.4, 0.7, 0.85, 1.0)):
        process = subprocess.Popen(command)
        time.sleep(seconds * share)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert state(market.facts) in {old, new}
    assert import_facts(more, market.facts).digest == new
    assert not (market.facts / ".scratch").exists()


@pytest.mark.parametrize("step", ["write_table", "write_lines", "replace_manifest", "log"])
def test_an_import_that_stops_at_any_step_can_be_repeated(market, monkeypatch, step):
    old = market.load(contracts=[market.row("contracts")]).digest
    more = market.write("more", contracts=[market.row("contracts", contract_id="C2")])
    real = getattr(FactsWriter, step)

    def stop(self, *args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(FactsWriter, step, stop)
    with pytest.raises(KeyboardInterrupt):
        import_facts(more, market.facts)
    monkeypatch.setattr(FactsWriter, step, real)
    assert (state(market.facts) == old) is (step != "log")
    done = import_facts(more, market.facts)
    assert sorted(market.stored("contracts", "contract_id")) == ["C1", "C2"]
    assert state(market.facts) == done.digest


def test_two_imports_at_once_are_refused(market):
    market.load()
    with FactsWriter.open(market.facts), pytest.raises(InputError, match="Another import"):
        market.load()


def test_a_reader_keeps_its_files_until_the_next_import(market):
    market.load(contracts=[market.row("contracts")])
    opened = Facts.open(market.facts)
    market.load("more", contracts=[market.row("contracts", contract_id="C2")])
    assert duckdb.execute(f"SELECT count(*) FROM read_parquet('{opened.tables['contracts']}')").fetchall() == [(1,)]
    opened.verify()
    market.load("more")
    facts = Facts.open(market.facts)
    named = {p.name for p in (*facts.tables.values(), *facts.reference.values())}
    assert {p.name for p in (market.facts / "data").iterdir()} == named
    assert all(sha256_of(p)[:12] in p.name for p in (market.facts / "data").iterdir())


def test_an_import_downloads_nothing(market):
    from features.intake.intake import connect

    con = connect(market.root)
    settings = con.execute(
        "SELECT name, value FROM duckdb_settings() WHERE name IN"
        " ('autoinstall_known_extensions', 'autoload_known_extensions')"
    ).fetchall()
    assert sorted(settings) == [("autoinstall_known_extensions", "false"), ("autoload_known_extensions", "false")]
    assert os.environ.get("HOME") is None or not (market.root / ".duckdb").exists()

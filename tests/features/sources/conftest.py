"""The real data, where it is there, imported once; and OCDS documents, imported as they are written."""

import json
import os
from pathlib import Path

import pytest

from features.importing.import_facts import import_facts

DATA = Path(os.environ.get("SUPPLIER_DATA", Path(__file__).parents[4] / "shared" / "data"))


@pytest.fixture(scope="session")
def real(tmp_path_factory):
    """A function that imports one publisher's real data and returns (summary, facts folder)."""
    done = {}

    def load(name):
        if not (DATA / name).is_dir():
            pytest.skip(f"no real data: {DATA / name} is not there; set SUPPLIER_DATA")
        if name not in done:
            into = tmp_path_factory.mktemp(name) / "facts"
            # Two packages of the OCDS folder contradict each other at one instant, so neither counts (A23).
            done[name] = import_facts(DATA / name, into, format=name, max_bad=0.06), into
        return done[name]

    return load


@pytest.fixture
def rows_of():
    """A function that returns what is stored of a table as dicts."""
    import duckdb

    from features.facts.store import Facts

    def rows(folder, table, where="true"):
        file = str(Facts.open(folder).tables[table])
        result = duckdb.execute(f"SELECT * FROM read_parquet(?) WHERE {where}", [file])
        names = [d[0] for d in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    return rows


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

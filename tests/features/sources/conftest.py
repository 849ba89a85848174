"""The real data, where it is there, imported once."""

import os
from pathlib import Path

import pytest

from features.importing import import_facts

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
            done[name] = import_facts(DATA / name, into, format=name), into
        return done[name]

    return load


@pytest.fixture
def rows_of():
    """A function that returns what is stored of a table as dicts."""
    import duckdb

    from features.facts import Facts

    def rows(folder, table, where="true"):
        file = str(Facts.open(folder).tables[table])
        found = duckdb.execute(f"SELECT * FROM read_parquet(?) WHERE {where}", [file])
        names = [d[0] for d in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    return rows

"""Writing a facts folder: immutable Parquet files, and a manifest that is replaced in one step."""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import InputError
from features.facts import dated_columns
from features.facts.sql import columns, literal
from features.facts.store import FORMAT, MANIFEST, check_tables, facts_digest, read_manifest, sha256_of
from features.facts.tables import Table

ROW_GROUP_SIZE = 122_880
LOG = "imports.jsonl"


@dataclass(frozen=True)
class FactsWriter:
    """A facts folder that only this process may change.

    Attributes:
        manifest: the manifest of the last import, or None.
        scratch: a folder on the same disk for files that are not yet part of the facts.
    """

    path: Path
    manifest: Mapping[str, Any] | None
    scratch: Path

    @classmethod
    @contextlib.contextmanager
    def open(cls, path: Path) -> Iterator["FactsWriter"]:
        """Lock the folder and remove what a killed import left; remove the scratch folder at the end in any case."""
        is_new = not path.exists()
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError("Facts cannot be stored here.", where=str(path), fix="Name a folder.") from error
        with _locked(path):
            writer = cls(path, read_manifest(path, earlier=True), path / ".scratch")
            check_tables(path, writer.manifest or {"tables": {}})  # Else a damaged table would be merged and signed.
            writer._clear()
            writer.scratch.mkdir()
            try:
                yield writer
            finally:
                shutil.rmtree(writer.scratch, ignore_errors=True)
                if is_new and not any(path.iterdir()):
                    path.rmdir()  # a refused import leaves nothing

    @property
    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """The manifest's entry of each stored table."""
        return self.manifest["tables"] if self.manifest else {}

    @property
    def format(self) -> int | None:
        """The format of the stored facts; None where nothing is stored."""
        return int(self.manifest["format"]) if self.manifest else None

    def write_table(self, con: duckdb.DuckDBPyConnection, table: Table, query: str) -> dict[str, Any]:
        """Write the rows of `query` sorted by supplier, clock and key; return the table's manifest entry."""
        order = columns(
            dict.fromkeys([*(["supplier_id"] if "supplier_id" in table.names else []), "known_at", *table.key])
        )
        made = self.scratch / f"{table.name}.parquet"
        # DuckDB marks a column as required where its statistics show no null: the same rows would have other bytes.
        con.execute("SET disabled_optimizers = 'statistics_propagation'")
        con.execute(
            f"COPY (SELECT {columns(table.names)} FROM ({query}) ORDER BY {order}, retracted DESC)"
            f" TO {literal(str(made))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_SIZE})"
        )
        con.execute("RESET disabled_optimizers")
        digest = sha256_of(made)
        file = Path("data") / f"{table.name}-{digest[:12]}.parquet"
        self._move(made, self.path / file)
        stored = f"read_parquet({literal(str(self.path / file))})"
        latest = "strftime(max(known_at), '%Y-%m-%dT%H:%M:%S.%fZ')"
        rows, known_at_max = con.execute(f"SELECT count(*), {latest} FROM {stored}").fetchall()[0]
        dated = dated_columns.to_json(table, con.execute(dated_columns.count_sql(table, stored)).fetchall())
        return {"file": str(file), "rows": rows, "sha256": digest, "known_at_max": known_at_max, "dated": dated}

    def write_reference(self, name: str, rows: pa.Table) -> dict[str, Any]:
        """Write a reference table in its order; return its manifest entry."""
        made = self.scratch / f"{name}.parquet"
        pq.write_table(rows, made, compression="zstd", row_group_size=ROW_GROUP_SIZE)
        digest = sha256_of(made)
        file = Path("data") / f"{name}-{digest[:12]}.parquet"
        self._move(made, self.path / file)
        return {"file": str(file), "rows": rows.num_rows, "sha256": digest}

    def write_lines(self, folder: str, lines: Iterator[str]) -> Path | None:
        """Write lines to a file named by its digest, so that a repeated import writes nothing new; None for no line."""
        made = self.scratch / f"{folder}.jsonl"
        with made.open("w", encoding="utf-8") as stream:
            stream.writelines(lines)
        if made.stat().st_size == 0:
            return None
        file = self.path / folder / f"{sha256_of(made)[:12]}.jsonl"
        self._move(made, file)
        return file

    def write_beside(self, name: str, text: str) -> None:
        """Replace a file beside the manifest in one step, unless it has this text already."""
        file = self.path / name
        if file.is_file() and file.read_text(encoding="utf-8") == text:
            return
        made = self.scratch / name
        made.write_text(text, encoding="utf-8")
        self._move(made, file)

    def replace_manifest(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Replace the folder's manifest in one step; `manifest` lacks format and digest, the returned one has them."""
        whole = {"format": FORMAT, **manifest, "digest": facts_digest(manifest)}
        text = json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        if self.manifest is None or json.dumps(self.manifest, sort_keys=True) != json.dumps(whole, sort_keys=True):
            made = self.scratch / MANIFEST
            made.write_text(text, encoding="utf-8")
            self._move(made, self.path / MANIFEST)
        return whole

    def log(self, entry: Mapping[str, Any]) -> None:
        """Append a log entry of an import, unless the same import is logged already."""
        file = self.path / LOG
        with file.open("a+", encoding="utf-8") as stream:
            stream.seek(0)
            lines = stream.readlines()
            if any(_import_digest(line) == entry["import"] for line in lines):
                return
            if lines and not lines[-1].endswith("\n"):
                stream.write("\n")  # a killed import did not finish its line
            stream.write(json.dumps(entry, sort_keys=True, ensure_ascii=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())

    def _move(self, made: Path, file: Path) -> None:
        """Move a finished file to its place, durably."""
        file.parent.mkdir(exist_ok=True)
        with made.open("rb") as stream:
            os.fsync(stream.fileno())
        os.replace(made, file)
        for folder in (file.parent, file.parent.parent):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _clear(self) -> None:
        """Remove files that the manifest does not name: leftovers of killed imports, and files of earlier manifests.

        Files are removed at the start of the next import, not right after the manifest is replaced, so that a process
        that has just opened the old manifest can still read them.
        """
        shutil.rmtree(self.scratch, ignore_errors=True)
        reference = (self.manifest or {}).get("reference", {})
        named_files = {entry["file"] for entry in (*self.tables.values(), *reference.values())}
        for file in (self.path / "data").glob("*.parquet"):
            if str(file.relative_to(self.path)) not in named_files:
                file.unlink()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDONLY)  # the folder itself: no lock file is needed
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise InputError("Another import is writing here.", where=str(path), fix="Wait for it to end.") from error
    finally:
        os.close(descriptor)


def _import_digest(line: str) -> str | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry.get("import") if isinstance(entry, dict) else None

"""Profiles of more cases than fit in memory: computed a range of suppliers at a time, written in order of `case_id`."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.engines.supplier_ranges import SIZE, split_ranges
from features.facts.store import Facts
from features.profiles.build import IDENTITY, ROW_GROUP_SIZE, build_profiles, write_slices

Progress = Callable[[str, int, int], None]  # unit counted, number done, number in all


def stream_profiles(
    facts: Facts,
    spine: pa.Table,
    out: Path,
    *,
    size: int = SIZE,
    threads: int | None = None,
    progress: Progress = lambda *_: None,
) -> int:
    """Write the profiles of a spine as Parquet, a row a case; the bytes depend on neither `size` nor `threads`.

    The values are stored in a file beside `out`, each row at its case's place, until all ranges are done.

    Returns:
        The number of feature columns.
    """
    spine = spine.sort_by("case_id")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
        scratch = Path(folder)
        names: list[str] = []
        values, done = np.empty((0, 0)), 0
        progress("cases", done, spine.num_rows)
        for places, table in _ranges(facts, spine, size, threads, scratch):
            if not names:
                names = [c for c in table.column_names if c not in IDENTITY]
                values = _matrix_file(scratch / "values", spine.num_rows, len(names))
            for i, name in enumerate(names):
                values[places, i] = table[name].to_numpy(zero_copy_only=False)
            done += len(places)
            progress("cases", done, spine.num_rows)
        identity = _identity(spine)
        schema = pa.schema([*identity.schema, *(pa.field(name, pa.float64()) for name in names)])
        write_slices(schema, _slices(identity, values, names), out)
    return len(names)


def _ranges(
    facts: Facts, spine: pa.Table, size: int, threads: int | None, scratch: Path
) -> Iterator[tuple[np.ndarray, pa.Table]]:
    """Yield for each range of suppliers the ascending places of their cases, and the profiles in that order."""
    if not spine.num_rows:
        yield np.empty(0, dtype=np.intp), build_profiles(facts, spine, threads=threads)
        return
    order = pc.sort_indices(spine["supplier_id"])
    start = 0
    for within, count in split_ranges(spine["supplier_id"].take(order), size):
        places = np.sort(order[start : start + count].to_numpy())
        start += count
        yield places, build_profiles(facts, spine.take(places), threads=threads, within=within, scratch=scratch)


def _matrix_file(file: Path, rows: int, columns: int) -> np.ndarray:
    """A matrix mapped from a file."""
    return np.memmap(file, np.float64, "w+", shape=(rows, columns)) if rows else np.empty((0, columns))


def _identity(spine: pa.Table) -> pa.Table:
    unknown = pa.nulls(spine.num_rows, pa.string())
    return pa.table({c: spine[c] if c in spine.column_names else unknown for c in IDENTITY})


def _slices(identity: pa.Table, values: np.ndarray, names: list[str]) -> Iterator[pa.Table]:
    """Yield the profiles one row group at a time; NaN becomes null."""
    for start in range(0, identity.num_rows, ROW_GROUP_SIZE):
        block = np.ascontiguousarray(values[start : start + ROW_GROUP_SIZE].T)
        table = identity.slice(start, ROW_GROUP_SIZE)
        yield pa.table({**{c: table[c] for c in IDENTITY}, **dict(zip(names, map(_nullable, block), strict=True))})


def _nullable(values: np.ndarray) -> pa.Array:
    return pa.array(values, from_pandas=True)

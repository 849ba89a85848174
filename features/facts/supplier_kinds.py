"""The kind of person that a supplier is registered as, by instant."""

from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.facts.store import Facts

KINDS = ("legal_person", "sole_trader", "other")
OTHER = KINDS.index("other")


class SupplierKinds:
    """The registered kinds of all suppliers, sorted by id and by `known_at`."""

    def __init__(self, facts: Facts) -> None:
        file = facts.tables.get("suppliers")
        # Not read_table: it would import pandas into the service.
        columns = ["supplier_id", "known_at", "kind", "retracted"]
        rows = pq.ParquetFile(file).read(columns=columns) if file else None
        if rows is None or not rows.num_rows:
            rows = pa.table({"supplier_id": [""], "known_at": [datetime.max], "kind": ["other"], "retracted": [True]})
        ids, known = in_bytes(rows["supplier_id"]), rows["known_at"].to_numpy().astype("datetime64[us]")
        named = pc.fill_null(pc.index_in(rows["kind"], pa.array(KINDS)), OTHER).to_numpy()
        codes = np.where(rows["retracted"].to_numpy(), OTHER, named).astype(np.int8)
        order = np.lexsort((known, ids))
        self._ids, self._known, self._codes = ids[order], known[order], codes[order]

    def at(self, supplier_id: str, as_of: datetime) -> int:
        """Index in `KINDS` of the kind last known before an instant (naive UTC); `other` if none was known."""
        first, seen = self._seen(supplier_id, as_of)
        return int(self._codes[seen - 1]) if seen > first else OTHER

    def names(self, supplier_id: str, as_of: datetime) -> bool:
        """Whether the supplier was registered before an instant (naive UTC)."""
        first, seen = self._seen(supplier_id, as_of)
        return seen > first

    def _seen(self, supplier_id: str, as_of: datetime) -> tuple[int, int]:
        """Return the first row of a supplier and the row after its last one that was known before an instant."""
        name = supplier_id.encode()
        if len(name) > self._ids.dtype.itemsize:  # NumPy would first copy all ids into an array of that width.
            return 0, 0
        first, last = (int(self._ids.searchsorted(name, side=side)) for side in ("left", "right"))
        return first, first + int(self._known[first:last].searchsorted(np.datetime64(as_of, "us")))

    def codes(self, suppliers: np.ndarray, as_of: datetime) -> np.ndarray:
        """`at` for many suppliers; ids as bytes, result int8."""
        seen = self._known < np.datetime64(as_of, "us")
        ids, codes = self._ids[seen], self._codes[seen]
        if not len(ids):
            return np.full(len(suppliers), OTHER, dtype=np.int8)
        last = np.maximum(ids.searchsorted(suppliers, side="right") - 1, 0)
        return np.where(ids[last] == suppliers, codes[last], np.int8(OTHER))


def in_bytes(ids: Any) -> np.ndarray:
    """Ids of an Arrow column as NumPy bytes, whose order is the order of the UTF-8 bytes."""
    binary = pc.cast(ids, pa.binary())
    return binary.to_numpy(zero_copy_only=False).astype(np.bytes_)

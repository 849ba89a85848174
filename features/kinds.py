"""What sort of person a supplier is registered as, by instant."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow.parquet as pq

from features.facts import Facts

KINDS = ("legal_person", "sole_trader", "other")
OTHER = KINDS.index("other")


class Kinds:
    """The registry entries of all suppliers, held by id and by the instant they became known."""

    def __init__(self, facts: Facts) -> None:
        file = facts.tables.get("suppliers")
        # Not read_table: it would import pandas into the service.
        columns = ["supplier_id", "known_at", "kind", "retracted"]
        rows = pq.ParquetFile(file).read(columns=columns).to_pydict() if file else {c: [] for c in columns}
        ids = np.array([name.encode() for name in rows["supplier_id"]] or [b""], dtype=np.bytes_)
        known = np.array(rows["known_at"] or ["0001-01-01"], dtype="datetime64[us]")
        codes = [
            OTHER if gone or kind not in KINDS else KINDS.index(kind)
            for kind, gone in zip(rows["kind"], rows["retracted"], strict=True)
        ] or [OTHER]
        order = np.lexsort((known, ids))
        self._ids, self._known, self._codes = ids[order], known[order], np.array(codes, dtype=np.int8)[order]

    def at(self, supplier_id: str, as_of: datetime) -> int:
        """Place in `KINDS` of what was last known of a supplier before an instant (naive UTC); `other` if nothing."""
        name = supplier_id.encode()
        first, last = self._ids.searchsorted(name), self._ids.searchsorted(name, side="right")
        seen = first + self._known[first:last].searchsorted(np.datetime64(as_of, "us"))
        return int(self._codes[seen - 1]) if seen > first else OTHER

    def codes(self, suppliers: Sequence[str], as_of: datetime) -> np.ndarray:
        """`at` of many suppliers, int8."""
        return np.array([self.at(name, as_of) for name in suppliers], dtype=np.int8)

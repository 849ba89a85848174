"""The buyer that a request names: its figures of the last month that ended before the instant.

They are looked up in the reference table `buyer_months`, by the same code for a batch, for Spark and for one case.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.declarations.feature import FeatureColumn
from features.declarations.request_formulas import row_values
from features.facts.reference import BUYER_MONTHS, REFERENCE, reference_relation
from features.facts.store import Facts

TABLE = "asked_buyer"


class BuyerMonths:
    """The rows of `buyer_months`, by buyer and month."""

    def __init__(self, file: Path | None) -> None:
        schema = reference_relation(BUYER_MONTHS).schema().to_pyarrow()
        # Not read_table: it would import pandas into the service.
        table = pq.ParquetFile(file).read().cast(schema) if file else schema.empty_table()
        ids = table["buyer_id"].to_pylist()
        self._places: dict[str, tuple[int, int]] = {}
        for place, buyer in enumerate(ids):
            self._places[buyer] = (self._places[buyer][0] if buyer in self._places else place, place + 1)
        self._ends = table["month_end"].to_numpy().astype("datetime64[us]")
        self._until = table["until"].to_numpy(zero_copy_only=False).astype("datetime64[us]")
        self._figures = {
            name: table[name].to_numpy(zero_copy_only=False)
            for name, kind in REFERENCE[BUYER_MONTHS].items()
            if kind == "float64"
        }

    @classmethod
    def of(cls, facts: Facts) -> "BuyerMonths":
        """Load those of imported facts."""
        return cls(facts.reference.get(BUYER_MONTHS))

    @property
    def buyers(self) -> list[str]:
        """All buyers with a row, sorted."""
        return sorted(self._places)

    def values(
        self, columns: Sequence[FeatureColumn], buyers: Sequence[str | None], instants: Any
    ) -> dict[str, np.ndarray]:
        """Evaluate the columns of the table `asked_buyer` for some cases; NaN where a buyer is unknown or not named.

        Args:
            columns: the columns wanted.
            buyers: the buyer of each case, None where it names none.
            instants: the instant of each case, naive UTC, as datetime64.
        """
        places = np.array([self._place(b, at) for b, at in zip(buyers, instants, strict=True)], dtype=np.intp)
        has_month = places >= 0
        figures = {}
        for name, values in self._figures.items():
            figures[name] = np.full(len(places), np.nan)
            figures[name][has_month] = values[places[has_month]]
        return row_values(columns, figures, len(places))

    def _place(self, buyer: str | None, at: np.datetime64) -> int:
        """The row of a buyer that applies at an instant; -1 where there is none."""
        if buyer is None or buyer not in self._places:
            return -1
        first, last = self._places[buyer]
        place = first + int(self._ends[first:last].searchsorted(at)) - 1  # the last month that ended before
        if place < first:
            return -1
        until = self._until[place]
        return place if np.isnat(until) or until >= at else -1


def asked_buyer_values(facts: Facts, columns: Sequence[FeatureColumn], spine: pa.Table) -> dict[str, np.ndarray]:
    """The columns of the table `asked_buyer` for a spine, whose `buyer_id` names the buyers."""
    wanted = [c for c in columns if c.feature.table == TABLE]
    if not wanted:
        return {}
    if "buyer_id" not in spine.column_names:
        return {c.name: np.full(spine.num_rows, np.nan) for c in wanted}
    instants = spine["as_of"].to_numpy().astype("datetime64[us]")
    return BuyerMonths.of(facts).values(wanted, spine["buyer_id"].to_pylist(), instants)

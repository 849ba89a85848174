"""Suppliers and buyers that records describe again and again, in changing words."""

from datetime import date
from itertools import groupby

from features.sources.rows import Rows

_KEYS = {"suppliers": "supplier_id", "buyers": "buyer_id"}
Told = dict[str, str | None]


class Parties:
    """Collects descriptions; a party gets a row for each day on which it was described otherwise than before."""

    def __init__(self, rows: Rows, file: int) -> None:
        self._rows = rows
        self._file = file
        self._told: list[tuple[str, str | None, date, Told, int]] = []

    def tell(self, table: str, party: str | None, description: Told, *, day: date, line: int) -> None:
        """Note what a record says of a supplier or buyer; days must not run backwards."""
        self._told.append((table, party, day, description, line))

    def finish(self, *, source: str) -> None:
        """Add the rows: the last word of each day; what a record leaves blank stays as it was told before."""
        self._told.sort(key=lambda t: (t[0], t[1] or ""))  # stable: in the order of days within a party
        for (table, party), told in groupby(self._told, key=lambda t: t[:2]):
            known: Told = {}
            for day, of_day in groupby(told, key=lambda t: t[2]):
                said, at = dict(known), 0
                for *_, description, line in of_day:
                    said.update({name: value for name, value in description.items() if value})
                    at = line
                if said != known:
                    row = {_KEYS[table]: party, **said, "known_at": day.isoformat(), "source": source}
                    self._rows.add(table, row, file=self._file, at=at)
                    known = said

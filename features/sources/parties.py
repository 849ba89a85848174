"""Suppliers and buyers that many records describe, in changing words."""

from datetime import date
from itertools import groupby

from features.sources.rows import Rows

_KEYS = {"suppliers": "supplier_id", "buyers": "buyer_id"}
Description = dict[str, str | None]


class Parties:
    """Collects descriptions; a party gets a row for each day on which its description changed."""

    def __init__(self, rows: Rows, file: int) -> None:
        self._rows = rows
        self._file = file
        self._descriptions: list[tuple[str, str | None, date, Description, int]] = []

    def add(self, table: str, party: str | None, description: Description, *, day: date, line: int) -> None:
        """Add a record's description of a supplier or buyer; days must not decrease."""
        self._descriptions.append((table, party, day, description, line))

    def finish(self, *, source: str) -> None:
        """Add the rows: the last description of each day; blank cells keep their earlier value."""
        self._descriptions.sort(key=lambda t: (t[0], t[1] or ""))  # stable: in the order of days within a party
        for (table, party), descriptions in groupby(self._descriptions, key=lambda t: t[:2]):
            known: Description = {}
            for day, of_day in groupby(descriptions, key=lambda t: t[2]):
                current, at = dict(known), 0
                for *_, description, line in of_day:
                    current.update({name: value for name, value in description.items() if value})
                    at = line
                if current != known:
                    row = {_KEYS[table]: party, **current, "known_at": day.isoformat(), "source": source}
                    self._rows.add(table, row, file=self._file, at=at)
                    known = current

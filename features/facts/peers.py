"""The peers of a supplier: quartiles over comparable firms, joined by the latest month that ended before the instant.

The table `peers` has a row for each month and each `peer_key` with enough suppliers: an industry with a region and a
size class, an industry, and all suppliers together. A supplier takes the narrowest that has a row for the month.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import ibis

from features.facts.reference import ALL_PEERS, PEERS, REFERENCE, cell_key, industry_key, reference_relation

FEWEST: Final = 20
"""Suppliers that a group needs; a smaller one gives way to its industry, and that to all suppliers."""

PEER_COLUMNS: Mapping[str, str] = MappingProxyType(
    {f"peer_{c}": kind for c, kind in REFERENCE[PEERS].items() if kind in {"int64", "float64"}}
)
"""Column that `with_peers` adds → its Ibis type."""


def with_peers(rows: Any, wanted: Sequence[str]) -> Any:
    """Add the figures of the peers to suppliers' rows; null where no group is large enough.

    Args:
        rows: an Ibis table with `as_of`, `industry`, `region` and `size_class`.
        wanted: names of `PEER_COLUMNS`.
    """
    columns, out = list(rows.columns), rows
    keys = (cell_key(rows.industry, rows.region, rows.size_class), industry_key(rows.industry), ibis.literal(ALL_PEERS))
    for level, key in enumerate(keys):
        peers = reference_relation(PEERS)
        here = out.mutate(peer_key_wanted=key)
        current = [peers.month_end < here.as_of, peers.until.isnull() | (peers.until >= here.as_of)]
        joined = here.left_join(peers, [peers.peer_key == here.peer_key_wanted, *current])
        found = {f"{name}__{level}": peers[name.removeprefix("peer_")] for name in wanted}
        out = joined.select(*[here[c] for c in here.columns if c != "peer_key_wanted"], **found)
    chosen = {name: ibis.coalesce(*(out[f"{name}__{level}"] for level in range(len(keys)))) for name in wanted}
    return out.select(*columns, **chosen)

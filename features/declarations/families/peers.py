"""F, second part: the supplier beside comparable firms of its industry, region and size.

The figures of the peers are those of the last month that ended before the instant (`features/facts/reference.py`).
"""

from functools import partial
from typing import Any

from features.declarations.exact import ratio
from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

group = partial(feature, table="suppliers", risk=Risk.UNSIGNED)
compared = partial(feature, table="profile")

_FIRM = {"industry": ["C33"], "region": ["3702"], "size_class": ["small"]}
_PEERS = {
    "peers": {
        "peer_key": ["C33␟3702␟small", "␟C33", "*"],
        "month_end": ["2025-05-31", "2025-05-31", "2025-05-31"],
        "suppliers": [31, 90, 700],
        "turnover_median": [500.0, 600.0, 700.0],
        "lateness_median": [None, 0.25, 0.125],
    }
}


@group(
    code="F301",
    unit=Unit.COUNT,
    label=Text("可比企业数", "Peers"),
    example=Example(rows=_FIRM, others=_PEERS, value=31),
)
def peers(m: Any) -> Any:
    """Suppliers with contracts in the last 365 days in the group that the turnover is compared with."""
    return m.peer_suppliers.max()


@group(
    code="F302",
    unit=Unit.MONEY,
    label=Text("可比企业年合同额中位数", "Peers' turnover"),
    example=Example(rows=_FIRM, others=_PEERS, value=500),
)
def peer_turnover(m: Any) -> Any:
    """Median turnover of 365 days of the peers: those of the industry, region and size, of the industry, or all."""
    return m.peer_turnover_median.max()


@group(
    code="F303",
    unit=Unit.RATIO,
    label=Text("可比企业逾期履约率中位数", "Peers' late delivery rate"),
    example=Example(rows=_FIRM, others=_PEERS, value=0.25),
)
def peer_lateness(m: Any) -> Any:
    """Median late delivery rate of 365 days of the peers: those of the industry, region and size, and so on."""
    return m.peer_lateness_median.max()


@compared(
    code="F304",
    unit=Unit.RATIO,
    risk=Risk.FALLS,
    label=Text("年合同额与可比企业之比", "Turnover to peers"),
    adverse=Text("年合同额相对可比企业低于一般水平", "Turnover is below usual against comparable firms"),
    favourable=Text("年合同额相对可比企业不低于一般水平", "Turnover is usual or higher against comparable firms"),
    example=Example(rows={"turnover_365d": 250.0, "peer_turnover": 500.0}, value=0.5),
    evidence=("turnover_365d", "peer_turnover", "peers"),
)
def turnover_to_peers(r: Any) -> Any:
    """Turnover of the last 365 days over the median of the peers."""
    return ratio(r.turnover_365d, r.peer_turnover)


@compared(
    code="F305",
    unit=Unit.NUMBER,
    risk=Risk.RISES,
    label=Text("逾期履约率与可比企业之差", "Lateness above peers"),
    adverse=Text(
        "逾期履约率高出可比企业的程度大于一般水平", "Deliveries are late more often than those of comparable firms"
    ),
    favourable=Text(
        "逾期履约率相对可比企业不高", "Deliveries are late no more often than usual beside comparable firms"
    ),
    example=Example(rows={"late_delivery_rate_365d": 0.75, "peer_lateness": 0.25}, value=0.5),
    evidence=("late_delivery_rate_365d", "peer_lateness"),
)
def lateness_above_peers(r: Any) -> Any:
    """Late delivery rate of the last 365 days minus the median of the peers."""
    return r.late_delivery_rate_365d - r.peer_lateness


PEERS: tuple[Feature, ...] = all_declared(
    __name__, peers, peer_turnover, peer_lateness, turnover_to_peers, lateness_above_peers
)

"""A world: the coefficients of one synthetic market, read from a TOML file and checked."""

import tomllib
import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

WORLDS = Path(__file__).parent / "worlds"

VARIABLES = (
    "late_delivery_share_365d",
    "late_delivery_decayed",
    "failed_acceptance_share_730d",
    "early_terminations_730d",
    "active_conduct_severity",
    "win_share_730d",
    "mean_bidders_730d",
    "largest_buyer_share_730d",
    "value_365d",
    "value_trend",
    "contracts",
    "contracts_365d",
    "days_since_last_contract",
    "own_worst_days_past_due",
    "own_worst_days_past_due_365d",
    "own_loans",
    "amount_ratio",
    "days",
)


class WorldError(ValueError):
    """A world file that cannot be used: names the file, the key and the way out."""


def _between(low: float, high: float, default: Any = MISSING) -> Any:
    extra = {} if default is MISSING else {"default": default}
    return field(metadata={"low": low, "high": high}, **extra)


@dataclass(frozen=True, kw_only=True)
class Period:
    """First and last day of the market, and the day from which loans are given."""

    first: date
    last: date
    lending_from: date


@dataclass(frozen=True, kw_only=True)
class Market:
    """How much business there is and how unevenly it lies.

    Attributes:
        contracts_per_year: median supplier's contracts and orders in a year.
        unevenness: standard deviation of the log of that number between suppliers.
        growth: growth of business a year.
        suppliers_per_buyer: suppliers for each buyer.
        contract_share: share of awards that are contracts, the others being e-mall orders.
        contract_amount: median amount of a contract, in yuan.
        order_amount: median amount of an order, in yuan.
    """

    contracts_per_year: float = _between(0.05, 100)
    unevenness: float = _between(0, 3)
    growth: float = _between(-0.5, 1)
    suppliers_per_buyer: float = _between(1, 1000)
    contract_share: float = _between(0, 1)
    contract_amount: float = _between(100, 1e9)
    order_amount: float = _between(100, 1e9)


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How a supplier's hidden, slowly moving quality (standard normal) shows in its facts.

    Each pair is the log-odds (or, for conduct, the log of the yearly rate) at average quality, and what one
    standard deviation of quality takes away from it.

    Attributes:
        persistence: correlation of quality from one half-year to the next.
    """

    persistence: float = _between(0, 1)
    late_delivery: tuple[float, float]
    failed_acceptance: tuple[float, float]
    early_termination: tuple[float, float]
    conduct: tuple[float, float]
    late_repayment: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Mess:
    """Shares of rows that are known late, corrected or retracted, and of loans whose end nobody reports."""

    known_late: float = _between(0, 0.5)
    corrected: float = _between(0, 0.2)
    retracted: float = _between(0, 0.1)
    unreported: float = _between(0, 0.2)


@dataclass(frozen=True, kw_only=True)
class Lending:
    """Who is financed. Every rule looks at facts that are visible on the day of disbursement.

    Attributes:
        registered: share of suppliers that register on the financing platform, by size class
            (micro, small, medium, large); the registration is a `firm_events` row.
        rate: chance that a registered supplier asks for a loan on a fresh contract, while it has few of them.
        saturation: visible contracts of the last 365 days at which that chance has halved.
        contracts_min: fewest visible contracts with which a bank lends.
        conduct_severity_max: most severe active conduct with which a bank lends.
        late_share_max: largest late delivery share over 365 days with which a bank lends.
        own_days_past_due_max: most days past due that the bank itself has seen on an earlier loan.
        contract_amount_min: smallest contract that is financed, in yuan.
        amount_share: smallest and largest part of the contract that is lent.
        amount_min: smallest loan, in yuan.
        amount_max: largest loan, in yuan.
        days_min: shortest loan.
        days_max: longest loan.
        tenants: number of banks.
    """

    registered: tuple[float, float, float, float]
    rate: float = _between(0, 1)
    saturation: float = _between(0.1, 1e6)
    contracts_min: int = _between(0, 1000)
    conduct_severity_max: int = _between(0, 5)
    late_share_max: float = _between(0, 1)
    own_days_past_due_max: int = _between(0, 10_000)
    contract_amount_min: float = _between(0, 1e9)
    amount_share: tuple[float, float]
    amount_min: float = _between(1, 1e9)
    amount_max: float = _between(1, 1e9)
    days_min: int = _between(30, 360)
    days_max: int = _between(30, 720)
    tenants: int = _between(1, 99)


@dataclass(frozen=True, kw_only=True)
class Factor:
    """One variable of the view or the terms, as an effect uses it.

    Attributes:
        variable: one of `VARIABLES`.
        cap: larger values count as this one.
        above: the factor is 1 where the variable exceeds this and 0 elsewhere.
        below: the factor is 1 where the variable falls short of this and 0 elsewhere.
        log: the factor is log(1 + variable).
        per: the unit the (capped, logged) variable is measured in.
    """

    variable: str
    cap: float | None = None
    above: float | None = None
    below: float | None = None
    log: bool = False
    per: float = _between(1e-9, 1e12, 1.0)


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A term of g: its coefficient times the product of its factors.

    Attributes:
        coefficient: log-odds of default for one unit of the product.
        coefficient_after: the same from the day of the shift on; without it nothing changes.
        factors: one factor, or several that interact.
    """

    coefficient: float = _between(-100, 100)
    coefficient_after: float | None = None
    factors: tuple[Factor, ...]


@dataclass(frozen=True, kw_only=True)
class Risk:
    """logit P(bad) = intercept + effects + u.

    Attributes:
        bad_rate: mean of P(bad), for which the intercept is solved on the generated market.
        noise: standard deviation of u, drawn afresh for every financing.
        half_life_days: half-life of the decayed lateness.
        effects: the terms of g.
    """

    bad_rate: float = _between(0.0001, 0.9)
    noise: float = _between(0, 10)
    half_life_days: float = _between(1, 10_000)
    effects: tuple[Effect, ...]


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A day from which the base rate (and the effects that say so) differ; `intercept` is added to the log-odds."""

    on: date
    intercept: float = _between(-10, 10)


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything that makes one synthetic market different from another."""

    name: str
    about: str
    period: Period
    market: Market
    quality: Quality
    mess: Mess
    lending: Lending
    risk: Risk
    shift: Shift | None = None


def read_world(world: Path | str) -> tuple[World, str]:
    """Read a world from a file, or one of those that ship by its name.

    Returns:
        The world and the text it was read from.

    Raises:
        WorldError: the file is missing, is not TOML, or has a key or value that is not understood.
    """
    path = Path(world)
    if not path.exists() and (WORLDS / f"{world}.toml").exists():
        path = WORLDS / f"{world}.toml"
    try:
        text = path.read_text("utf-8")
        found = tomllib.loads(text)
    except OSError as error:
        ship = ", ".join(sorted(p.stem for p in WORLDS.glob("*.toml")))
        raise WorldError(f"World {str(world)!r} cannot be read; name a TOML file or one of: {ship}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorldError(f"{path}: not a TOML file: {error}.") from error
    made = _made(World, found, str(path))
    _check(made, str(path))
    return made, text


def _check(world: World, path: str) -> None:
    """Refuse what is well-formed but contradicts itself."""
    period, lending = world.period, world.lending
    rules = (
        (period.first < period.lending_from < period.last, "period: wants first < lending_from < last"),
        ((period.last - period.lending_from).days > 360, "period: lending needs a year or more before `last`"),
        (lending.days_min <= lending.days_max, "lending: days_min exceeds days_max"),
        (lending.amount_min <= lending.amount_max, "lending: amount_min exceeds amount_max"),
        (0 < lending.amount_share[0] <= lending.amount_share[1], "lending.amount_share: wants 0 < low <= high"),
        (all(0 <= r <= 1 for r in lending.registered), "lending.registered: wants shares between 0 and 1"),
        (bool(world.risk.effects), "risk.effects: wants at least one effect"),
        (all(e.factors for e in world.risk.effects), "risk.effects: an effect wants at least one factor"),
    )
    for holds, text in rules:
        if not holds:
            raise WorldError(f"{path}: {text}.")
    if world.shift is None and any(e.coefficient_after is not None for e in world.risk.effects):
        raise WorldError(f"{path}: coefficient_after needs a [shift].")


def _made(kind: Any, found: Any, where: str) -> Any:
    """Read a dataclass from a TOML table, key by key."""
    if not isinstance(found, Mapping):
        raise WorldError(f"{where}: wants a table, not {found!r}.")
    hints = get_type_hints(kind)
    unknown = sorted(set(found) - set(hints))
    if unknown:
        raise WorldError(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(hints)}.")
    values = {}
    for item in fields(kind):
        if item.name in found:
            values[item.name] = _value(hints[item.name], found[item.name], f"{where}: {item.name}")
            _range(values[item.name], item.metadata, f"{where}: {item.name}")
        elif item.default is MISSING:
            raise WorldError(f"{where}: {item.name!r} is missing.")
    if kind is Factor and values["variable"] not in VARIABLES:
        raise WorldError(f"{where}: unknown variable {values['variable']!r}; known are {', '.join(VARIABLES)}.")
    return kind(**values)


def _value(hint: Any, found: Any, where: str) -> Any:
    """One value as its field declares it."""
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(h for h in get_args(hint) if h is not type(None))
    if get_origin(hint) is tuple:
        inner, many = get_args(hint)[0], get_args(hint)[-1] is Ellipsis
        if not isinstance(found, list) or (not many and len(found) != len(get_args(hint))):
            raise WorldError(f"{where}: wants a list{'' if many else f' of {len(get_args(hint))}'}, not {found!r}.")
        return tuple(_value(inner, item, f"{where}[{i}]") for i, item in enumerate(found))
    if hasattr(hint, "__dataclass_fields__"):
        return _made(hint, found, where)
    if hint is float and isinstance(found, int) and not isinstance(found, bool):
        return float(found)
    if type(found) is not hint or found != found:
        raise WorldError(f"{where}: wants {hint.__name__}, not {found!r}.")
    return found


def _range(value: Any, limits: Mapping[str, float], where: str) -> None:
    if limits and not limits["low"] <= value <= limits["high"]:
        raise WorldError(f"{where}: {value!r} is not between {limits['low']} and {limits['high']}.")

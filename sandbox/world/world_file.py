"""Reading a world from its TOML file: every key and value is checked, and what is not understood is refused."""

import tomllib
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from sandbox.world.hidden import INDUSTRIES, SIGNAL_EVENTS
from sandbox.world.world import DRAWN_VARIABLES, VARIABLES, World, WorldError

WORLDS = Path(__file__).parent / "worlds"


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
        document = tomllib.loads(text)
    except OSError as error:
        ship = ", ".join(sorted(p.stem for p in WORLDS.glob("*.toml")))
        raise WorldError(f"World {str(world)!r} cannot be read; name a TOML file or one of: {ship}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorldError(f"{path}: not a TOML file: {error}.") from error
    made = _made(World, document, str(path))
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
    _check_variables(world, path)
    if world.drawn is not None:
        _check_drawn(world, path)
    if world.shift is None and any(e.coefficient_after is not None for e in world.risk.effects):
        raise WorldError(f"{path}: coefficient_after needs a [shift].")


def _check_variables(world: World, path: str) -> None:
    known = VARIABLES if world.drawn is None else DRAWN_VARIABLES
    for number, effect in enumerate(world.risk.effects):
        for one in effect.factors:
            where = f"{path}: risk.effects[{number}]"
            if one.variable not in known:
                raise WorldError(f"{where}: unknown variable {one.variable!r}; known are {', '.join(known)}.")
            if one.window is not None and not known[one.variable].startswith("w: ") and one.variable != "value_change":
                raise WorldError(f"{where}: {one.variable} has no window.")


def _check_drawn(world: World, path: str) -> None:
    assert world.drawn is not None
    hidden, mess = world.drawn.hidden, world.drawn.mess
    by_level = (hidden.risk, hidden.private_sales, hidden.void, hidden.slow_stage, hidden.events)
    chances = (*hidden.shares, *hidden.void, *hidden.slow_stage)
    slope = world.quality.late_repayment[1]
    industries = vars(world.drawn.industries).values()
    rules = (
        (all(len(values) == hidden.levels for values in by_level), "hidden: wants one value for each level"),
        (abs(sum(hidden.shares) - 1) < 1e-6, "hidden.shares: wants a sum of 1"),
        (all(0 < chance < 1 for chance in chances), "hidden: wants chances above 0 and below 1"),
        (all(rate > 0 for rate in (*hidden.private_sales, *hidden.events)), "hidden: wants rates above 0"),
        (hidden.event in SIGNAL_EVENTS, f"hidden.event: wants one of {', '.join(SIGNAL_EVENTS)}"),
        (all(len(v) == INDUSTRIES for v in industries), f"industries: wants {INDUSTRIES} values"),
        (mess.without_met <= mess.without_ends < mess.sources, "mess: wants without_met <= without_ends < sources"),
        (slope == 0, "quality.late_repayment: a drawn world wants a slope of 0, for the sum over the levels"),
        (world.shift is None, "shift: a drawn world has none"),
    )
    for holds, text in rules:
        if not holds:
            raise WorldError(f"{path}: drawn.{text}.")


def _made(kind: Any, value: Any, where: str) -> Any:
    """Read a dataclass from a TOML table, key by key."""
    if not isinstance(value, Mapping):
        raise WorldError(f"{where}: wants a table, not {value!r}.")
    hints = get_type_hints(kind)
    unknown = sorted(set(value) - set(hints))
    if unknown:
        raise WorldError(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(hints)}.")
    values = {}
    for item in fields(kind):
        if item.name in value:
            values[item.name] = _value(hints[item.name], value[item.name], f"{where}: {item.name}")
            _range(values[item.name], item.metadata, f"{where}: {item.name}")
        elif item.default is MISSING:
            raise WorldError(f"{where}: {item.name!r} is missing.")
    return kind(**values)


def _value(hint: Any, value: Any, where: str) -> Any:
    """One value as its field declares it."""
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(h for h in get_args(hint) if h is not type(None))
    if get_origin(hint) is tuple:
        inner, many = get_args(hint)[0], get_args(hint)[-1] is Ellipsis
        if not isinstance(value, list) or (not many and len(value) != len(get_args(hint))):
            raise WorldError(f"{where}: wants a list{'' if many else f' of {len(get_args(hint))}'}, not {value!r}.")
        return tuple(_value(inner, item, f"{where}[{i}]") for i, item in enumerate(value))
    if hasattr(hint, "__dataclass_fields__"):
        return _made(hint, value, where)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint or value != value:
        raise WorldError(f"{where}: wants {hint.__name__}, not {value!r}.")
    return value


def _range(value: Any, limits: Mapping[str, float], where: str) -> None:
    if limits and not limits["low"] <= value <= limits["high"]:
        raise WorldError(f"{where}: {value!r} is not between {limits['low']} and {limits['high']}.")

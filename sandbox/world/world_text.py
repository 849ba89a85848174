"""A world as the text of a TOML file, which `read_world` reads back to the same world."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from sandbox.world.world import World


def world_text(world: World) -> str:
    """TOML of a world: plain keys first, then tables, then arrays of tables."""
    return "\n".join(_table(_content(world), ())).strip() + "\n"


def _content(value: Any) -> dict[str, Any]:
    return {item.name: getattr(value, item.name) for item in fields(value) if getattr(value, item.name) is not None}


def _table(content: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    tables = {name: value for name, value in content.items() if is_dataclass(value)}
    lists = {name: value for name, value in content.items() if _is_list_of_tables(value)}
    lines = [f"{name} = {_value(v)}" for name, v in content.items() if name not in tables and name not in lists]
    if path and lines:
        lines.insert(0, f"\n[{'.'.join(path)}]")
    for name, value in tables.items():
        lines += _table(_content(value), (*path, name))
    for name, values in lists.items():
        for value in values:
            lines += [f"\n[[{'.'.join((*path, name))}]]", *(f"{k} = {_value(v)}" for k, v in _content(value).items())]
    return lines


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and is_dataclass(value[0])


def _value(value: Any) -> str:
    if is_dataclass(value):
        return "{ " + ", ".join(f"{name} = {_value(v)}" for name, v in _plain(value).items()) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(float(value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(int(value))


def _plain(value: Any) -> dict[str, Any]:
    """The keys of an inline table that differ from their defaults."""
    defaults = {item.name: item.default for item in fields(value)}
    return {name: v for name, v in _content(value).items() if v != defaults[name]}

"""One small market for the whole room, made in three chunks so that their seams are tested too."""

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from features.facts.tables import TABLES
from sandbox import make
from sandbox.world.world_file import WORLDS

TZ = ZoneInfo("Asia/Shanghai")
CHUNK = 150
# More mess than any shipped world has, so that every kind of it occurs in a small market.
MESS = {"known_late": 0.15, "corrected": 0.05, "retracted": 0.02, "unreported": 0.06}


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sandbox") / "small"
    text = (WORLDS / "plain.toml").read_text("utf-8")
    for name, rate in MESS.items():
        text = re.sub(rf"^{name} = .*$", f"{name} = {rate}", text, flags=re.MULTILINE)
    world = folder.with_name("messy.toml")
    world.write_text(text, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make, "CHUNK", CHUNK)
        make.make_sandbox(folder, world, suppliers=400, seed=11)
    return folder


def instant(value: Any) -> datetime | None:
    """A stored value as the instant FACTS gives it: a bare date is the last microsecond of that local day."""
    if value is None or isinstance(value, datetime):
        return value
    return datetime.combine(value + timedelta(days=1), time(), TZ).astimezone(UTC) - timedelta(microseconds=1)


def read(folder: Path, name: str) -> list[dict[str, Any]]:
    """Rows of a source table with every date as an instant; `known_at` as stated."""
    dated = {c.name for c in TABLES[name].columns if c.kind == "instant"} | {"known_at"}
    rows = pq.read_table(folder / "facts" / f"{name}.parquet").to_pylist()
    return [{k: instant(v) if k in dated else v for k, v in row.items()} for row in rows]


@pytest.fixture(scope="session")
def facts(small: Path) -> dict[str, list[dict[str, Any]]]:
    """Every table of the small market."""
    return {path.stem: read(small, path.stem) for path in (small / "facts").glob("*.parquet")}

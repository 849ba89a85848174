"""Figures kept under var/figures, from which docs/measured.py fills the pages."""

import json
from pathlib import Path
from typing import Any

FIGURES = Path(__file__).parents[1] / "var" / "figures"


def store_figures(name: str, figures: dict[str, Any]) -> None:
    """Write figures beside those of an earlier run; what was measured anew takes the place of what stood there."""
    file = FIGURES / f"{name}.json"
    before = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    FIGURES.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**before, **figures}, indent=1, ensure_ascii=False), encoding="utf-8")

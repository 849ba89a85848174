"""The data of a deployment that a scorecard is promoted for: its currency and its time zone."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from models.errors import PromotionError


def check_deployment_data(home: Path, data: Mapping[str, Any]) -> None:
    """Refuse a scorecard that was trained in another currency or time zone than the home's facts or stored profiles.

    Args:
        home: the deployment's state; facts and profiles that are not there are not compared.
        data: the scorecard's description of its data.

    Raises:
        PromotionError: they differ.
    """
    for name, manifest in _manifests(home):
        for key, what in (("currency", "currency"), ("tz", "time zone")):
            if data.get(key) is not None and manifest.get(key) not in (None, data[key]):
                raise PromotionError(
                    f"The scorecard was trained with the {what} {data[key]}; the {name} of this home have"
                    f" {manifest[key]}. Train on facts of this home."
                )


def _manifests(home: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what is there of the manifests of facts and stored profiles; the service checks that they are sound."""
    folders = {"facts": home / "facts"}
    pointer = _read(home / "profiles" / "current.json")
    if isinstance(pointer.get("folder"), str):
        folders["stored profiles"] = home / "profiles" / pointer["folder"]
    yield from ((name, _read(folder / "manifest.json")) for name, folder in folders.items())


def _read(file: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}

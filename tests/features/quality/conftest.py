"""Facts with faults, and what the quality report says of them."""

import json
from typing import Any

import pytest

from tests.features.importing.conftest import Market, market

__all__ = ["market"]


@pytest.fixture
def report(market: Market):
    """Import tables and return the findings of the report by code, table and column."""

    def imported(**tables: Any) -> dict[tuple[str, str, str | None], dict[str, Any]]:
        market.load(**tables)
        return findings(market)

    return imported


def findings(market: Market) -> dict[tuple[str, str, str | None], dict[str, Any]]:
    """The findings of the report beside the manifest."""
    file = market.facts / "quality.json"
    assert file.is_file(), "the import wrote no quality report"
    document = json.loads(file.read_text(encoding="utf-8"))
    return {(f["code"], f["table"], f.get("column")): f for f in document["findings"]}

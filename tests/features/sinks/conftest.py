"""The few facts of the importing tests, to be exported."""

from tests.features.importing.conftest import market

__all__ = ["market"]

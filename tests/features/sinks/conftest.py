"""The few facts of the importing tests and the real ones, to be exported."""

from tests.features.importing.conftest import market
from tests.features.sources.conftest import real

__all__ = ["market", "real"]

"""The small market of the importing tests, beside which facts are sent."""

from tests.features.importing.conftest import market

__all__ = ["market"]

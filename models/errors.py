"""Errors of scorecards and promotions."""

from features.errors import InputError


class ScorecardError(InputError):
    """A scorecard folder that is refused: it is incomplete, altered, or gives other answers than when written."""


class PromotionError(InputError):
    """A promotion that is refused; the message names the gate and a fix."""


class LedgerError(PromotionError):
    """A promotion ledger whose chain, signatures or serial numbers are not valid."""

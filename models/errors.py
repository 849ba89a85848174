"""What can be wrong with a scorecard or with a promotion."""

from features.errors import InputError


class ScorecardError(InputError):
    """A scorecard folder that is not used: it is incomplete, altered, or does not answer as it did when written."""


class PromotionError(InputError):
    """A promotion that is refused; the message names the gate and says how to fix it."""


class LedgerError(PromotionError):
    """A promotion ledger whose chain, signatures or serial numbers do not hold."""

"""What only a drawn world has: hidden quality in levels, differences between industries, further mess, its origin."""

from dataclasses import dataclass

from sandbox.world.between import between

SIGNAL_EVENTS = ("address_change", "legal_representative_change", "hiring")  # the kinds of firm events that may show it
INDUSTRIES = 12


@dataclass(frozen=True, kw_only=True)
class Hidden:
    """Quality that no table holds. It takes few levels, the best first; each tuple has one value for each level.

    A supplier keeps its level from one quarter to the next with the chance `stays`; otherwise a level is drawn anew by
    `shares`. Given the level, all signals are independent of each other and of everything else in the market.

    Attributes:
        shares: share of suppliers.
        stays: chance that a quarter keeps the level of the quarter before.
        risk: log-odds of default that the level adds.
        private_sales: invoices to private customers a year.
        void: chance that such an invoice is cancelled later.
        slow_stage: chance that a contract's publication waits 10 to 59 days.
        events: firm events a year of the kind `event`.
        event: the kind of firm event that shows the level, one of `SIGNAL_EVENTS`.
    """

    shares: tuple[float, ...]
    stays: float = between(0, 1)
    risk: tuple[float, ...]
    private_sales: tuple[float, ...]
    void: tuple[float, ...]
    slow_stage: tuple[float, ...]
    events: tuple[float, ...]
    event: str

    @property
    def levels(self) -> int:
        """Number of levels."""
        return len(self.shares)


@dataclass(frozen=True, kw_only=True)
class Industries:
    """How the industries differ, one value each: peers show what a supplier's own few contracts do not.

    Attributes:
        risk: log-odds of default added.
        late_delivery: log-odds of a late delivery added.
        amount: log of the amounts added.
    """

    risk: tuple[float, ...]
    late_delivery: tuple[float, ...]
    amount: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class FurtherMess:
    """Mess of drawn worlds, in shares of contracts unless another unit is named.

    Attributes:
        transferred: retracted for their supplier and entered anew for another one.
        cancelled: called off, their milestones left open.
        convenience: ended early by the buyer for its own convenience; an amendment gives the reason.
        lots: share of tenders that are awarded in two to four lots.
        foreign: in another currency.
        rates_corrected: share of monthly exchange rates that are wrong at first.
        two_ids: share of suppliers that go on under a second id from a day on.
        sources: number of sources; each buyer reports to one.
        without_ends: how many of the sources never fill when and how a contract ended.
        without_met: how many of those never fill when a milestone was met either.
    """

    transferred: float = between(0, 0.2)
    cancelled: float = between(0, 0.2)
    convenience: float = between(0, 0.2)
    lots: float = between(0, 0.5)
    foreign: float = between(0, 0.5)
    rates_corrected: float = between(0, 0.5)
    two_ids: float = between(0, 0.3)
    sources: int = between(1, 20)
    without_ends: int = between(0, 20)
    without_met: int = between(0, 20)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Where a drawn world comes from.

    Attributes:
        seed: of the draw.
        redrawn: how many draws before it were impossible.
        reasons: why, one for each of them.
        wrong_sign: the variable whose effect contradicts its declared direction; absent where none does.
    """

    seed: int
    redrawn: int
    reasons: tuple[str, ...]
    wrong_sign: str | None = None


@dataclass(frozen=True, kw_only=True)
class DrawnParts:
    """The parts of a world that only a drawn one has."""

    origin: Drawn
    hidden: Hidden
    industries: Industries
    mess: FurtherMess

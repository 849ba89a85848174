"""A world: the coefficients of one synthetic market."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from sandbox.world.between import between
from sandbox.world.hidden import DrawnParts

# What an effect may look at, all of it visible on the day of disbursement; a share without cases is 0.
VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "late_delivery_share_365d": "share of deliveries due in the last 365 days that were met late or not at all",
        "late_delivery_decayed": "the same over all deliveries due, each fading with the world's half-life",
        "failed_acceptance_share_730d": "share of acceptances of the last 730 days that were failed or partial",
        "early_terminations_730d": "contracts that ended by early termination in the last 730 days",
        "active_conduct_severity": "severity of the worst misconduct neither expired nor repaired",
        "win_share_730d": "share of bids of the last 730 days, as far as decided, that won",
        "mean_bidders_730d": "mean number of bidders where the supplier bid in the last 730 days",
        "largest_buyer_share_730d": "largest buyer's share of the value signed in the last 730 days",
        "value_365d": "yuan signed in the last 365 days, joint awards by share",
        "value_trend": "(value of the last 365 days - of the 365 before) / their sum",
        "contracts": "contracts and orders signed, ever",
        "contracts_365d": "contracts and orders signed in the last 365 days",
        "days_since_last_contract": "days since the latest signature",
        "own_worst_days_past_due": "most days past due reported on earlier loans from the same bank, ever",
        "own_worst_days_past_due_365d": "the same, reported in the last 365 days",
        "own_loans": "earlier loans from the same bank",
        "amount_ratio": "the loan's amount / value_365d, at most 10",
        "days": "days from disbursement to the end of the loan",
    }
)


# What an effect of a drawn world may look at: read apart from the variables above, whatever mess lies about them.
# "w" marks those that are counted in a window, over all that is known where an effect names none.
DRAWN_VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "contracts_signed": "w: contracts and orders signed",
        "value_signed": "w: yuan signed, joint awards by share",
        "value_change": "(value of the last w days - of the w before) / their sum",
        "largest_contract": "w: yuan of the largest contract",
        "days_since_contract": "days since the latest signature, at most 3650",
        "direct_share": "w: share of contracts awarded directly",
        "main_buyer_share": "w: largest buyer's share of the value signed",
        "buyers": "w: buyers that signed",
        "broken_off": "w: contracts that ended early, not for the buyer's convenience",
        "days_extended": "w: days added by amendments",
        "late_share": "w: share of deliveries due that were met late or, where that is known, not at all",
        "late_fading": "the same over all deliveries due, each fading with the world's half-life",
        "month_late_share": "w: share of deliveries due that were met or open more than 30 days late",
        "open_late": "w: deliveries due that are open",
        "days_late": "w: mean days of lateness of the deliveries met",
        "early_share": "w: share of deliveries met before they were due",
        "deliveries": "w: deliveries due",
        "not_passed_share": "w: share of acceptances that were failed or partial",
        "won_share": "w: share of bids, as far as decided, that won",
        "bidders": "w: mean number of bidders",
        "bids": "w: bids",
        "conduct_worst": "severity of the worst misconduct neither expired nor repaired",
        "conduct_entries": "w: misconduct on record",
        "sales": "w: yuan of sales invoiced and not cancelled",
        "void_share": "w: share of sales invoices that are cancelled",
        "register_events": "w: firm events",
        "firm_years": "years since the firm was founded",
        "capital": "yuan of registered capital, 0 where unknown",
        "own_worst_days_past_due_365d": "most days past due that the same bank reported within 365 days",
        "own_loans": "earlier loans from the same bank",
        "amount_ratio": "the loan's amount / yuan signed in the last 365 days, at most 10",
        "amount_to_largest": "the loan's amount / yuan of the largest contract ever, at most 10",
        "amount": "the loan's amount in yuan",
        "days": "days from disbursement to the end of the loan",
    }
)


class WorldError(ValueError):
    """A world file that cannot be used: names the file, the key and the way out."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """First and last day of the market, and the day from which loans are given."""

    first: date
    last: date
    lending_from: date


@dataclass(frozen=True, kw_only=True)
class Market:
    """How much business there is and how unevenly it lies.

    Attributes:
        contracts_per_year: median supplier's contracts and orders in a year.
        unevenness: standard deviation of the log of that number between suppliers.
        growth: growth of business a year.
        suppliers_per_buyer: suppliers for each buyer.
        contract_share: share of awards that are contracts, the others being e-mall orders.
        contract_amount: median amount of a contract, in yuan.
        order_amount: median amount of an order, in yuan.
    """

    contracts_per_year: float = between(0.05, 100)
    unevenness: float = between(0, 3)
    growth: float = between(-0.5, 1)
    suppliers_per_buyer: float = between(1, 1000)
    contract_share: float = between(0, 1)
    contract_amount: float = between(100, 1e9)
    order_amount: float = between(100, 1e9)


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How a supplier's hidden, slowly moving quality (standard normal) shows in its facts.

    Each pair is the log-odds (or, for conduct, the log of the yearly rate) at average quality, and what one
    standard deviation of quality takes away from it.

    Attributes:
        persistence: correlation of quality from one half-year to the next.
    """

    persistence: float = between(0, 1)
    late_delivery: tuple[float, float]
    failed_acceptance: tuple[float, float]
    early_termination: tuple[float, float]
    conduct: tuple[float, float]
    late_repayment: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Mess:
    """Shares of rows that are known late, corrected or retracted, and of loans whose end nobody reports."""

    known_late: float = between(0, 0.5)
    corrected: float = between(0, 0.2)
    retracted: float = between(0, 0.1)
    unreported: float = between(0, 0.2)


@dataclass(frozen=True, kw_only=True)
class Lending:
    """Who is financed. Every rule looks at facts that are visible on the day of disbursement.

    Attributes:
        registered: share of suppliers that register on the financing platform, by size class
            (micro, small, medium, large); the registration is a `firm_events` row.
        rate: chance that a registered supplier asks for a loan on a fresh contract, while it has few of them.
        saturation: visible contracts of the last 365 days at which that chance has halved.
        contracts_min: fewest visible contracts with which a bank lends.
        conduct_severity_max: most severe active conduct with which a bank lends.
        late_share_max: largest late delivery share over 365 days with which a bank lends.
        own_days_past_due_max: most days past due that the bank itself has seen on an earlier loan.
        contract_amount_min: smallest contract that is financed, in yuan.
        amount_share: smallest and largest part of the contract that is lent.
        amount_min: smallest loan, in yuan.
        amount_max: largest loan, in yuan.
        days_min: shortest loan.
        days_max: longest loan.
        tenants: number of banks.
    """

    registered: tuple[float, float, float, float]
    rate: float = between(0, 1)
    saturation: float = between(0.1, 1e6)
    contracts_min: int = between(0, 1000)
    conduct_severity_max: int = between(0, 5)
    late_share_max: float = between(0, 1)
    own_days_past_due_max: int = between(0, 10_000)
    contract_amount_min: float = between(0, 1e9)
    amount_share: tuple[float, float]
    amount_min: float = between(1, 1e9)
    amount_max: float = between(1, 1e9)
    days_min: int = between(30, 360)
    days_max: int = between(30, 720)
    tenants: int = between(1, 99)


@dataclass(frozen=True, kw_only=True)
class Factor:
    """One variable of the view or the terms, as an effect uses it.

    Attributes:
        variable: one of `VARIABLES`.
        cap: larger values count as this one.
        above: the factor is 1 where the variable exceeds this and 0 elsewhere.
        below: the factor is 1 where the variable falls short of this and 0 elsewhere.
        log: the factor is log(1 + variable).
        per: the unit the (capped, logged) variable is measured in.
        window: in days, for variables of drawn worlds that are counted in a window; absent for all that is known.
    """

    variable: str
    cap: float | None = None
    above: float | None = None
    below: float | None = None
    log: bool = False
    per: float = between(1e-9, 1e12, 1.0)
    window: int | None = None

    @property
    def key(self) -> str:
        """Name of the variable in the view, with its window."""
        return self.variable if self.window is None else f"{self.variable}_{self.window}d"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A term of g: its coefficient times the product of its factors.

    Attributes:
        coefficient: log-odds of default for one unit of the product.
        coefficient_after: the same from the day of the shift on; without it nothing changes.
        factors: one factor, or several that interact.
    """

    coefficient: float = between(-100, 100)
    coefficient_after: float | None = None
    factors: tuple[Factor, ...]


@dataclass(frozen=True, kw_only=True)
class Risk:
    """logit P(bad) = intercept + effects + u.

    Attributes:
        bad_rate: mean of P(bad), for which the intercept is solved on the generated market.
        noise: standard deviation of u, drawn afresh for every financing.
        half_life_days: half-life of the decayed lateness.
        effects: the terms of g.
    """

    bad_rate: float = between(0.0001, 0.9)
    noise: float = between(0, 10)
    half_life_days: float = between(1, 10_000)
    effects: tuple[Effect, ...]


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A day from which the base rate (and the effects that say so) differ; `intercept` is added to the log-odds."""

    on: date
    intercept: float = between(-10, 10)


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything that makes one synthetic market different from another."""

    name: str
    about: str
    period: Period
    market: Market
    quality: Quality
    mess: Mess
    lending: Lending
    risk: Risk
    shift: Shift | None = None
    drawn: DrawnParts | None = None

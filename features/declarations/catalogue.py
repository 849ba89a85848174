"""The features in the order of a profile's columns."""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from features.declarations.families.acceptance import ACCEPTANCE
from features.declarations.families.asked_buyer import ASKED_BUYER, OF_ASKED_BUYER
from features.declarations.families.asked_contract import ASKED_CONTRACT, OF_ASKED_CONTRACT, contract_not_found
from features.declarations.families.bidding import BIDDING
from features.declarations.families.completion import COMPLETION
from features.declarations.families.concentration import CONCENTRATION
from features.declarations.families.delivery import DELIVERY
from features.declarations.families.family_list import FAMILIES
from features.declarations.families.firm import FIRM
from features.declarations.families.history_flags import FLAGS
from features.declarations.families.integrity import INTEGRITY
from features.declarations.families.invoices import INVOICES
from features.declarations.families.loan_silence import LOAN_SILENCE
from features.declarations.families.loans import LOANS
from features.declarations.families.order_book import ORDER_BOOK
from features.declarations.families.payment import PAYMENT
from features.declarations.families.peers import PEERS
from features.declarations.families.pooled_loans import POOLED_LOANS
from features.declarations.families.purchases import PURCHASES
from features.declarations.families.quality import QUALITY
from features.declarations.families.receivables import RECEIVABLES
from features.declarations.families.request import REQUEST
from features.declarations.families.sales_pattern import SALES_PATTERN
from features.declarations.families.season import SEASON
from features.declarations.families.stage_waits import STAGE_WAITS
from features.declarations.families.suspicions import SUSPICIONS
from features.declarations.families.trading import TRADING
from features.declarations.feature import Feature, FeatureColumn, declared_in

FEATURES: tuple[Feature, ...] = (
    *FLAGS["T"],
    *TRADING,
    *SEASON,
    *ORDER_BOOK,
    *FLAGS["D"],
    *DELIVERY,
    *COMPLETION,
    *STAGE_WAITS,
    *FLAGS["A"],
    *ACCEPTANCE,
    *FLAGS["B"],
    *BIDDING,
    *FLAGS["C"],
    *CONCENTRATION,
    *FLAGS["P"],
    *PAYMENT,
    *RECEIVABLES,
    *FLAGS["V"],
    *INVOICES,
    *PURCHASES,
    *SALES_PATTERN,
    *FLAGS["I"],
    *INTEGRITY,
    *FLAGS["F"],
    *FIRM,
    *PEERS,
    *FLAGS["L"],
    *LOANS,
    *LOAN_SILENCE,
    *POOLED_LOANS,
    *ASKED_CONTRACT,
    *ASKED_BUYER,
    *REQUEST,
    *OF_ASKED_CONTRACT,
    *OF_ASKED_BUYER,
    contract_not_found,
    *QUALITY,
    *SUSPICIONS,
)
"""Every declaration, in the order of its columns."""

COLUMNS: tuple[FeatureColumn, ...] = tuple(column for feature in FEATURES for column in feature.columns)
"""Every column of a profile, in order."""

WITHOUT_EVIDENCE: frozenset[str] = frozenset(c.name for c in COLUMNS if c.feature.among == "pooled")
"""Columns whose values no answer shows: they tell of loans with other lenders."""

_BY_NAME: Mapping[str, FeatureColumn] = MappingProxyType({c.name: c for c in COLUMNS})
_BY_CODE: Mapping[str, Feature] = MappingProxyType({f.code: f for f in FEATURES})


def column(name: str) -> FeatureColumn:
    """Return the column called `name`; KeyError where there is none."""
    return _BY_NAME[name]


def by_code(code: str) -> Feature:
    """Return the feature with a reason code; KeyError where there is none."""
    return _BY_CODE[code]


def of_family(letter: str) -> tuple[Feature, ...]:
    """Features of one family, in order."""
    return tuple(f for f in FEATURES if f.family == letter)


def _refuse_undeclared() -> None:
    """Every declaration of a family's module must be a column: a forgotten one would be ignored without a word."""
    for feature in declared_in("features.declarations.families"):
        if _BY_CODE.get(feature.code) is not feature:
            raise ValueError(f"Feature {feature.name!r} is declared, but its family does not list it in the catalogue.")


def _refuse_duplicates() -> None:
    codes = [*(f.code for f in FEATURES), *(f.null_code for f in FAMILIES.values())]
    for what, names in (("Code", codes), ("Column", [c.name for c in COLUMNS])):
        if duplicates := [name for name, n in Counter(names).items() if n > 1]:
            raise ValueError(f"{what} {duplicates[0]!r} is declared twice.")


_refuse_duplicates()
_refuse_undeclared()

__all__ = ["COLUMNS", "FAMILIES", "FEATURES", "by_code", "column", "of_family"]

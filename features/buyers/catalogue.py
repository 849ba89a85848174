"""The features of a buyer's profile, in order, for the contract block; no scorecard of suppliers reads them."""

from features.buyers.families.conduct import BUYER_CONDUCT, buyer_misconduct_entries
from features.buyers.families.contracts import BUYER_CONTRACTS, BUYER_DEPTH, buyer_contracts
from features.buyers.families.paying import BUYER_PAYING
from features.buyers.families.promises import BUYER_PROMISES
from features.declarations.feature import Feature, FeatureColumn, Text

SECTIONS: tuple[tuple[Text, tuple[Feature, ...]], ...] = (
    (Text("合同记录", "Contracts on record"), BUYER_DEPTH),
    (Text("付款", "Payment"), BUYER_PAYING),
    (Text("青岛市对供应商的承诺", "Qingdao's promises to suppliers"), BUYER_PROMISES),
    (Text("变更与终止", "Amendments and early ends"), BUYER_CONTRACTS),
    (Text("诚信", "Conduct"), BUYER_CONDUCT),
)
"""The declarations by subject."""

BUYER_FEATURES: tuple[Feature, ...] = tuple(feature for _, features in SECTIONS for feature in features)
"""Every declaration, in the order of its columns."""

BUYER_COLUMNS: tuple[FeatureColumn, ...] = tuple(column for feature in BUYER_FEATURES for column in feature.columns)
"""Every column of a buyer's profile, in order."""

PRESENCE: tuple[str, str] = (buyer_contracts.name, buyer_misconduct_entries.name)
"""Columns that are known wherever the buyer has a contract, or an entry of conduct."""

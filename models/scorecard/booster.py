"""The only file of this room that meets LightGBM: a booster from its text."""

import lightgbm as lgb


def parse_booster(text: str) -> lgb.Booster:
    """Parse a booster's text: only after its digest was verified, or in a process that may die of it."""
    return lgb.Booster(model_str=text)

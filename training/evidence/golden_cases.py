"""Golden cases: development profiles spread over the range of risk, without anything that identifies a supplier."""

from typing import Any

import numpy as np
import pyarrow as pa

from training.figures import Floats

CASES = 24
TERMS = ("amount", "days", "bidders", "category", "method")  # no contract and no buyer, which would identify somebody


def golden_rows(cases: pa.Table, profiles: pa.Table, margin: Floats, *, with_terms: bool) -> list[dict[str, Any]]:
    """Profiles at evenly spread quantiles of risk, with their terms; a small sample repeats cases."""
    order = np.lexsort((np.arange(len(margin)), margin))
    chosen = order[np.linspace(0, len(order) - 1, CASES).round().astype(int)]
    names = [n for n in profiles.column_names if pa.types.is_float64(profiles.schema.field(n).type)]
    chosen_profiles = profiles.select(names).take(pa.array(chosen)).to_pylist()
    if not with_terms:
        return [{"profile": profile, "terms": None} for profile in chosen_profiles]
    chosen_terms = cases.select(list(TERMS)).take(pa.array(chosen)).to_pylist()
    return [
        {"profile": p, "terms": {k: v for k, v in t.items() if v is not None}}
        for p, t in zip(chosen_profiles, chosen_terms, strict=True)
    ]

"""The cases of an outcome from facts, or those of them that a spine names."""

from pathlib import Path

import pyarrow as pa

from features.errors import InputError
from features.facts.store import Facts
from features.profiles.spine import read_spine
from training.cases import outcomes


def read_cases(
    facts: Facts, declared: outcomes.Outcome, *, unit: str, spine: pa.Table | Path | None
) -> tuple[dict[str, int], pa.Table]:
    """Read the cases of an outcome: how many there are in each state, and the usable ones.

    Raises:
        InputError: too many cases were over before they began, or a request scorecard has no terms.
    """
    table = outcomes.cases(facts, declared)
    if spine is not None:
        spine_cases = spine if isinstance(spine, pa.Table) else read_spine(facts, spine)
        table = outcomes.of_spine(table, spine_cases)
    outcomes.refuse_many_over(table)
    counts, cases = outcomes.counts(table), outcomes.usable(table)
    if spine is not None:
        counts["without_an_outcome"] = spine_cases.num_rows - table.num_rows
    if unit == "request" and not any(cases[term].null_count < cases.num_rows for term in ("amount", "days")):
        raise InputError(
            f"The cases of {declared.name!r} have no terms, which a request scorecard needs.",
            fix="Give a --spine with amount and days, or train --unit supplier.",
        )
    return counts, cases

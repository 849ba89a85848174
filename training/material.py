"""The material of a training run: usable cases with their profiles, split in time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.errors import InputError
from features.facts import Facts
from features.feature import FeatureColumn
from features.profile import build_profiles
from features.spine import read_spine
from training import outcomes
from training.figures import Floats
from training.fit import OUT_OF_FOLD, Sample
from training.population import matrix, telling
from training.sample import Mask, Split, default_split, split, supplier_folds

BADS_MIN = 10  # of bads, and of goods: with fewer the right verdict is "not evaluable"
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Material:
    """Usable cases and their profiles, both in the order of `case_id`.

    Attributes:
        counts: all cases by state, the usable ones among them.
        columns: those that say anything about the training cases.
        values: the profiles' matrix of these columns.
    """

    outcome: outcomes.Outcome
    counts: Mapping[str, int]
    cases: pa.Table
    profiles: pa.Table
    split: Split
    columns: Sequence[FeatureColumn]
    values: Floats

    @property
    def bad(self) -> Floats:
        """Outcomes, 1 for bad."""
        return np.asarray(self.cases["bad"].to_numpy(), dtype=np.float64)

    @property
    def as_of(self) -> np.ndarray:
        """The instants of the cases, in UTC."""
        return np.asarray(self.cases["as_of"].to_numpy(), dtype="datetime64[us]")

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [c.name for c in self.columns]

    def sample(self, mask: Mask) -> Sample:
        """The part of the cases under a mask, as it is fitted on."""
        return Sample(
            values=self.values[mask],
            bad=self.bad[mask],
            weight=np.asarray(self.cases["weight"].to_numpy(), dtype=np.float64)[mask],
            as_of=self.as_of[mask],
            supplier=self.cases["supplier_id"].filter(pa.array(mask)).to_pylist(),
            columns=self.names,
            monotone=[c.monotone for c in self.columns],
        )


def gather(
    facts: Facts,
    outcome: str,
    *,
    unit: str,
    spine: pa.Table | Path | None,
    out_of_time_from: str | date | datetime | None,
    progress: Progress,
) -> Material:
    """Judge the cases, split them, and build the profiles of those that are learned from or tested on."""
    from features.catalogue import COLUMNS

    progress("judging the cases")
    declared = outcomes.outcome(outcome)
    table = outcomes.cases(facts, declared)
    if spine is not None:
        wished = spine if isinstance(spine, pa.Table) else read_spine(facts, spine)
        table = outcomes.of_spine(table, wished)
    counts, cases = outcomes.counts(table), outcomes.usable(table)
    if spine is not None:
        counts["without_an_outcome"] = wished.num_rows - table.num_rows
    if unit == "request" and not any(cases[term].null_count < cases.num_rows for term in ("amount", "days")):
        raise InputError(
            f"The cases of {outcome!r} have no terms, which a request scorecard needs.",
            mend="Give a --spine with amount and days, or train --unit supplier.",
        )
    at = facts.instant(out_of_time_from) if out_of_time_from is not None else default_split(cases, facts)
    parts = split(cases, at=at)
    _refuse_hopeless(cases, parts)

    wanted = parts.training | parts.test  # whoever waits is neither learned from nor tested on
    kept = cases.filter(pa.array(wanted))
    progress(f"profiling {kept.num_rows} cases")
    columns = [c for c in COLUMNS if unit == "request" or c.feature.table != "request"]
    terms = outcomes.TERMS if unit == "request" else ()
    profiles = build_profiles(facts, kept.select(["case_id", "supplier_id", "as_of", "tenant_id", *terms]), columns)
    if profiles["case_id"].to_pylist() != kept["case_id"].to_pylist():
        raise AssertionError("profiles and cases are ordered differently")
    seen = Split(
        at, parts.training[wanted], np.zeros(kept.num_rows, dtype=bool), parts.test[wanted], parts.unseen[wanted]
    )
    telling_columns = telling(columns, matrix(profiles, [c.name for c in columns])[seen.training])
    if not telling_columns:
        raise InputError(
            "Not evaluable: no column differs between the training cases.",
            where=str(facts.path),
            mend="Import more tables of what these suppliers did before the cases.",
        )
    values = matrix(profiles, [c.name for c in telling_columns])
    counts = {**counts, "not_known_before_split": int(parts.waiting.sum())}
    return Material(declared, counts, kept, profiles, seen, telling_columns, values)


def _refuse_hopeless(cases: pa.Table, parts: Split) -> None:
    bad = np.asarray(cases["bad"].to_numpy(), dtype=np.float64)
    bads, n = int(bad[parts.training].sum()), int(parts.training.sum())
    if min(bads, n - bads) < BADS_MIN:
        raise InputError(
            f"Not evaluable: {n} cases were known before the split, {bads} of them bad; "
            f"{BADS_MIN} bad and {BADS_MIN} good are needed.",
            mend="Split later, or import more outcomes.",
        )
    fold = supplier_folds(cases["supplier_id"].filter(pa.array(parts.training)).to_pylist(), OUT_OF_FOLD)
    for k in set(fold.tolist()):
        others = bad[parts.training][fold != k]
        if not 0 < others.sum() < len(others):
            raise InputError(
                "Not evaluable: the cases known before the split are those of too few suppliers: leaving out one part"
                " of the suppliers leaves no bad case, or no good one.",
                mend="Import the outcomes of more suppliers.",
            )
    if not parts.test.any():
        raise InputError("There is no case after the split to test on.", mend="Split earlier.")

"""Whether cases are enough to learn from, and what they lack."""

import numpy as np
import pyarrow as pa

from features.errors import InputError
from features.facts.history import OF_TENANT
from features.facts.store import Facts
from training.cases.split import Split, supplier_folds

BADS_MIN = 10  # of bads, and of goods: with fewer the result is "not evaluable"


def refuse_too_few(cases: pa.Table, periods: Split, *, folds: int) -> None:
    """Refuse cases with too few of a class, or too few suppliers for so many folds.

    Raises:
        InputError: not evaluable, with the counts.
    """
    bad = np.asarray(cases["bad"].to_numpy(), dtype=np.float64)
    bads, n = int(bad[periods.training].sum()), int(periods.training.sum())
    if min(bads, n - bads) < BADS_MIN:
        raise InputError(
            f"Not evaluable: {n} cases were known before the split, {bads} of them bad; "
            f"{BADS_MIN} bad and {BADS_MIN} good are needed.",
            fix="Split later, or import more outcomes.",
        )
    fold = supplier_folds(cases["supplier_id"].filter(pa.array(periods.training)).to_pylist(), folds)
    for k in set(fold.tolist()):
        others = bad[periods.training][fold != k]
        if not 0 < others.sum() < len(others):
            raise InputError(
                "Not evaluable: the cases known before the split have too few suppliers: without one part"
                " of the suppliers there is no bad case, or no good one.",
                fix="Import the outcomes of more suppliers.",
            )
    if not periods.test.any():
        raise InputError("There is no case after the split to test on.", fix="Split earlier.")


def missing_of(facts: Facts, cases: pa.Table, periods: Split) -> tuple[str, ...]:
    """Return what the cases lack so that columns, or a test, are lost, with counts and the remedy."""
    notes = []
    lost = cases["tenant_id"].null_count
    if lost and OF_TENANT & set(facts.tables):
        tables = " and ".join(sorted(OF_TENANT & set(facts.tables)))
        notes.append(
            f"{lost:,} of {cases.num_rows:,} cases have no tenant_id: every column of {tables} is null there, because"
            " a tenant's loans are its own. Give the cases a tenant_id (a column of the spine) to use these columns."
        )
    if periods.grouped:
        notes.append(
            f"There is no test out of time: none of the {cases.num_rows:,} outcomes was known before the last case"
            " began. The scorecard is judged by grouped cross-validation. Import cases of several dates for a test."
        )
    return tuple(notes)

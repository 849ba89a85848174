"""The truth behind a sandbox: which loans were bound to go bad, and the best possible prediction.

Read by `sandbox/`, `tests/` and `benchmarks/` only.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sandbox.lending.loans import Candidates, Fate
from sandbox.world.arrow import PREFIX, Labels, dates
from sandbox.world.ids import numbered
from sandbox.world.rows import take

TAIL_DAYS = 120  # loan_default looks until so many days after the end of the loan


def truth_table(
    candidates: Candidates, fate: Fate, best: NDArray, came: NDArray, labels: Labels, last: int
) -> pa.Table:
    """One row per financing in `came`: its view and terms, the log-odds, the best PD, and what happened.

    `best` is the best PD of every candidate; `pd_true`, which knows the hidden level, can only be better.
    """
    loans = take(vars(candidates.loans), came)
    matured = loans["ends"] + TAIL_DAYS
    columns = {
        "financing_id": numbered(PREFIX["financing_id"], came + labels.offset),
        "supplier_id": labels.supplier(loans["supplier"] + labels.base),
        "tenant_id": numbered(PREFIX["tenant_id"], loans["tenant"]),
        "starts_on": dates(loans["starts"]),
        "ends_on": dates(loans["ends"]),
        "matured_on": dates(matured),
        "matured": pa.array(matured < last),
        "reported": pa.array(~loans["unreported"]),
        "amount": pa.array(loans["amount"] / 100.0),
    }
    columns |= {name: pa.array(values) for name, values in take(fate.view, came).items()}
    columns["logit"], columns["u"] = pa.array(fate.logit[came]), pa.array(candidates.u[came])
    columns["level"], columns["pd_true"] = pa.array(candidates.level[came].astype(np.int8)), pa.array(fate.pd[came])
    columns["pd_best"], columns["bad"] = pa.array(best[came]), pa.array(fate.bad[came].astype(np.int8))
    return pa.table(columns)


def read_truth(sandbox: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """The truth of the sandbox in a folder, one row per financing; all columns, or those that are named."""
    return pq.read_table(sandbox / "truth" / "financings.parquet", columns=columns)


def expected_auc(score: NDArray, pd: NDArray) -> float:
    """AUC of `score` without label noise: pairs weighted by the chance that the first is bad and the second good."""
    order = np.argsort(score, kind="stable")
    score, pd = np.asarray(score)[order], np.asarray(pd, float)[order]
    new = np.ones(len(score), bool)
    new[1:] = score[1:] != score[:-1]
    group = np.cumsum(new) - 1
    bad, good = np.bincount(group, weights=pd), np.bincount(group, weights=1.0 - pd)
    same = np.bincount(group, weights=pd * (1.0 - pd))  # a case is not compared with itself
    below = np.cumsum(good) - good
    won = (bad * below + 0.5 * (bad * good - same)).sum()
    return float(won / (pd.sum() * (1.0 - pd).sum() - same.sum()))

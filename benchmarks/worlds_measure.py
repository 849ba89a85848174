"""One drawn world: train without and with declared weights, and compare every contender with the truth."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

CHOICES = {"without": False, "with": True}  # whether declared weights take part


def measure(facts_folder: Path, truth: pa.Table) -> dict[str, Any]:
    """Figures of a world out of time, both ways, and how much of the true log-odds the declared columns explain."""
    from features.facts.store import Facts
    from training.learning.study import study
    from training.learning.training_data import gather
    from training.learning.tuning import DEFAULT_BUDGET

    facts = Facts.open(facts_folder)
    data = gather(facts, "loan_default", unit="request", spine=None, out_of_time_from=None, progress=lambda _: None)
    place = dict(zip(truth["financing_id"].to_pylist(), range(truth.num_rows), strict=True))
    rows = np.array([place[case] for case in data.cases["case_id"].to_pylist()])
    best, log_odds = (np.asarray(truth[name].to_numpy())[rows] for name in ("pd_best", "logit"))
    test, training = data.split.test, data.split.training
    result: dict[str, Any] = {
        "n": int(test.sum()),
        "learned_from": int(training.sum()),
        "bads": int(data.bad[training].sum()),
        "suppliers": len(set(data.cases["supplier_id"].to_pylist())),
        "r2_declared": r2_of_declared(data, log_odds),
        "best": figures(best[test], best[test]),
    }
    for name, declared in CHOICES.items():
        studied = study(replace(data, declared_weights=declared), budget=DEFAULT_BUDGET)
        values = data.values[test]
        contenders = {
            c: {**figures(one.pd(values), best[test]), "serves": one.contender.serves}
            for c, one in studied.learned.items()
        }
        result[name] = {
            "proposed": studied.proposal.written,
            "proposal": figures(studied.pd[test], best[test]),
            "contenders": contenders,
        }
    return result


def figures(pd: np.ndarray, best: np.ndarray) -> dict[str, float]:
    """Expected AUC, mean PD and expected log loss of probabilities where `best` are the true ones."""
    from training.figures import expected_auc

    clipped = np.clip(pd, 1e-12, 1 - 1e-12)
    loss = -(best * np.log(clipped) + (1 - best) * np.log1p(-clipped))
    return {"auc": float(expected_auc(pd, best)), "mean": float(pd.mean()), "loss": float(loss.mean())}


def r2_of_declared(data: Any, log_odds: np.ndarray) -> float:
    """R² of the true log-odds on the declared columns, each in ten steps and one for null: more than a line could."""
    from features.declarations.catalogue import COLUMNS
    from training.cases.population import matrix
    from training.learning.expert import declared_weights

    known = {c.name for c in COLUMNS} & set(data.profiles.column_names)
    names = [w.name for w in declared_weights("loan").weights if w.name in known]
    steps = [np.ones(len(log_odds))]
    for values in matrix(data.profiles, names).T:
        missing = np.isnan(values)
        edges = np.unique(np.quantile(values[~missing], np.arange(1, 10) / 10)) if (~missing).any() else []
        bins = np.where(missing, -1, np.searchsorted(edges, values, side="left"))
        steps += [bins == one for one in np.unique(bins)[1:]]
    design = np.column_stack(steps).astype(float)
    fitted = design @ np.linalg.lstsq(design, log_odds, rcond=None)[0]
    return float(1 - ((log_odds - fitted) ** 2).sum() / ((log_odds - log_odds.mean()) ** 2).sum())

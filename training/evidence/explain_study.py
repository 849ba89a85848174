"""Input for the validation of reasons: contributions to test cases, and those of refitted scorecards."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.reasons import Reasons
from models.scorecard.spec import Spec
from training.cases.split import supplier_folds
from training.figures import Floats
from training.learning import fit
from training.learning.contenders import Fitted
from training.learning.fit import SEED, Sample
from training.learning.study import Study
from training.validation.parts.explanations import Explained

CASES_MAX = 3_000  # explained; more would not make the result more precise
REFITS = 5


def explained(studied: Study, spec: Spec, catalogue: Catalogue) -> Explained:
    """Contributions to test cases by reason code, in points, and those of refits on resampled suppliers."""
    data = studied.data
    values = data.served_values[data.split.test][shown(studied)]
    reasons = Reasons(spec.columns, catalogue)
    base, points = _points(spec, fit.shares(studied.text, values))
    learn = studied.written.contender.learn
    return Explained(
        codes=reasons.codes,
        contributions=reasons.by_code(points, values),
        base=base,
        points=_exact(studied, spec, values),
        refits=[reasons.by_code(_refitted(learn, drawn, spec, values), values) for drawn in _draws(studied)],
    )


def shown(studied: Study) -> np.ndarray:
    """Positions of the explained cases among the test cases: whole suppliers, the same in every run."""
    data = studied.data
    suppliers = data.cases["supplier_id"].filter(pa.array(data.split.test)).to_pylist()
    parts = len(suppliers) // CASES_MAX + 1
    return np.flatnonzero(supplier_folds(suppliers, parts, salt="explained") == 0)


def _exact(studied: Study, spec: Spec, values: Floats) -> Floats:
    margin = studied.written.fitted.margin(values)
    return np.asarray(spec.scale.points(spec.calibration.log_odds_bad(margin)), dtype=np.float64)


def _points(spec: Spec, shares: Floats) -> tuple[float, Floats]:
    """Base points, and each column's contribution in points."""
    base = float(spec.scale.points(spec.calibration.log_odds_bad(shares[0, -1]))) if len(shares) else 0.0
    return base, shares[:, :-1] * (-spec.scale.factor * spec.calibration.slope)


def _draws(studied: Study) -> list[Sample]:
    """Samples of as many suppliers as there are, drawn with replacement."""
    sample = studied.comparison.sample
    names, owner = np.unique(np.asarray(sample.supplier, dtype=str), return_inverse=True)
    order = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[order], np.arange(len(names) + 1))
    rng = np.random.default_rng(SEED)
    samples = []
    for _ in range(REFITS):
        drawn = rng.integers(0, len(names), len(names))
        rows = np.concatenate([order[starts[i] : starts[i + 1]] for i in drawn])
        if 0 < sample.bad[rows].sum() < len(rows):
            samples.append(sample.rows(np.sort(rows)))
    return samples


def _refitted(learn: Callable[[Sample], Fitted], drawn: Sample, spec: Spec, values: Floats) -> Floats:
    fitted = learn(drawn)
    assert fitted.text is not None, "what is written can be served"
    return _points(spec, fit.shares(fitted.text(), values))[1]

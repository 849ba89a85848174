"""All parts of a validation, computed from arrays.

`training.validation` documents the shape.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from models.scorecard.grades import GRADES, Grade
from training.figures import rounded
from training.validation.measures.evidence import Evidence, Mask
from training.validation.measures.resample import DRAWS, SEED
from training.validation.parts.benefit import Economics, benefit
from training.validation.parts.calibration import calibration
from training.validation.parts.discrimination import discrimination
from training.validation.parts.explanations import Explained, explanations
from training.validation.parts.low_default import RHO, low_default
from training.validation.parts.master_scale import master_scale
from training.validation.parts.record_groups import record_groups
from training.validation.parts.segments import segments
from training.validation.parts.stability import Columns, stability
from training.validation.rules.verdict import findings, judged, verdict

NO_COLUMNS = Columns((), np.empty((0, 0)), np.empty((0, 0)))


def validation_parts(
    evidence: Evidence,
    *,
    development: Evidence | None = None,
    columns: Columns = NO_COLUMNS,
    grades: Sequence[Grade] = GRADES,
    economics: Economics | None = None,
    cutoff_pd: float | None = None,
    groups: Mapping[str, Mask] | None = None,
    explained: Explained | None = None,
    rho: float | None = RHO,
    draws: int = DRAWS,
    seed: int = SEED,
) -> dict[str, Any]:
    """Judge a scorecard; the same arguments give the same bytes, whatever the number of threads.

    Args:
        evidence: the out-of-time test.
        development: the training cases with their PDs out of fold.
        columns: the scorecard's columns in development and in the test.
        grades: the master scale, safe grades first.
        economics: margin and LGD for the benefit (default: those of `Economics`, which are assumptions).
        cutoff_pd: cases below it count as approved in the segments (default: the break-even PD).
        groups: by name, which test cases belong to it: no history and clean record of every family.
        explained: contributions to test cases, with those of refits.
        rho: asset correlation of the correlated low-default bounds; None leaves them out.
        draws, seed: of the bootstrap over suppliers.
    """
    earns = economics or Economics()
    cutoff = earns.break_even_pd if cutoff_pd is None else cutoff_pd
    parts: dict[str, Any] = {
        "discrimination": discrimination(evidence, development, draws=draws, seed=seed),
        "calibration": calibration(evidence, draws=draws, seed=seed),
        "grades": master_scale(evidence, grades),
        "low_default": low_default(evidence, grades, rho=rho),
        "stability": stability(evidence, development, columns, grades),
        "segments": segments(evidence, cutoff_pd=cutoff),
        "explanations": explanations(explained),
        "benefit": benefit(evidence, earns, grades, draws=draws, seed=seed),
        "record_groups": record_groups(evidence, groups or {}),
    }
    rulings = judged(parts)
    finding_list = findings(rulings)
    return cast(dict[str, Any], rounded({**parts, "findings": finding_list, "verdict": verdict(rulings, finding_list)}))

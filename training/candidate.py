"""The candidate: the declaration of the written scorecard, and its folder."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from features.facts.store import Facts
from models.scorecard.grades import Grade
from models.scorecard.spec import Calibration, ColumnSpec, Gate, Spec, Unit
from models.scorecard.writing import write_scorecard
from training.card.page import card
from training.cases.population import describe
from training.cases.split import local_day
from training.evidence import figures_and_gates
from training.evidence.golden_cases import golden_rows
from training.figures import rounded
from training.learning.proposal import EXPERT
from training.learning.study import Study
from training.output_folder import default_folder, replacing
from training.provenance import provenance

LIBRARIES = ("lightgbm", "numpy", "scipy", "scikit-learn", "duckdb", "ibis-framework")


def declaration(facts: Facts, studied: Study, *, unit: Unit, purposes: tuple[str, ...]) -> Spec:
    """The declaration of the written scorecard, without gates."""
    data = studied.data
    learned = data.split.training
    population = describe(
        facts,
        data.cases.filter(pa.array(learned)),
        data.profiles.filter(pa.array(learned)),
        text=f"Cases of {data.outcome.id} whose outcome was known before the split.",
    )
    every = set(data.profiles.column_names)
    columns = tuple(
        ColumnSpec.of(c, x, profile=every) for c, x in zip(data.columns, data.values[learned].T, strict=True)
    )
    return Spec(
        name=purposes[0].replace("_", "-"),
        unit=unit,
        purposes=purposes,
        outcome=data.outcome.id,
        horizon=data.outcome.horizon,
        basis="synthetic" if facts.synthetic else "expert" if studied.proposal.written == EXPERT else "model",
        columns=columns,
        features_digest=data.features_digest,
        calibration=Calibration(studied.served.slope, studied.served.intercept),
        population=population,
        data=_data(facts, studied),
        libraries={name: version(name) for name in LIBRARIES},
        grades=_grades(studied),
    )


def _grades(studied: Study) -> tuple[Grade, ...]:
    """The master scale by the served probabilities, with the test's counts and bad rates of each grade."""
    data, tendency = studied.data, studied.tendency
    pd = np.full(len(data.bad), np.nan)
    pd[data.split.test] = studied.served.pd(studied.tested_margin)
    grades = figures_and_gates.grades(data.bad[data.tested], pd[data.tested])
    return grades if tendency is None else tendency.observed(grades, studied.rate)


def _data(facts: Facts, studied: Study) -> dict[str, Any]:
    """The scorecard's record of its origin, in plain JSON."""
    data, tuned, tendency = studied.data, studied.tuned, studied.tendency
    return {
        "facts_digest": facts.digest,
        "synthetic": facts.synthetic,
        "currency": facts.currency,
        "tz": facts.tz,
        **data.to_json(),
        "out_of_time_from": str(local_day(data.split.at, facts)),
        "cases": dict(data.counts),
        "test_cases": int(data.split.test.sum()),
        "cases_not_known_before_the_split": data.counts["not_known_before_split"],
        "method": studied.proposal.written,
        "choices": rounded(dict(studied.written.fitted.choices)),
        "tuning": {"trials": tuned.trials, "stopped_by_the_clock": tuned.stopped},
        "latest": rounded(vars(studied.latest)),
        "central_tendency": {**vars(tendency), "before": rounded(studied.rate)} if tendency is not None else None,
    }


def write_candidate(
    studied: Study, spec: Spec, validation: Mapping[str, Any], *, out: Path | None, run_id: str
) -> tuple[Path, str, Mapping[str, Gate]]:
    """Write the folder; return it, the digest of its scorecard.json, and every gate with its figures."""
    data = studied.data
    learned = pa.array(data.split.training)
    folder = out or default_folder(spec, studied.text)
    with replacing(folder) as beside:
        digest, gates = write_scorecard(
            beside,
            spec,
            booster_text=studied.text,
            golden_rows=golden_rows(
                data.cases.filter(learned),
                data.profiles.filter(learned),
                studied.margin[data.split.training],
                with_terms=spec.unit == "request",
            ),
            validation=validation,
            card=lambda gates: card(spec, validation, gates),
            provenance=provenance(run_id),
            catalogue=data.catalogue,
        )
    return folder, digest, gates

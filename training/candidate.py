"""The candidate: the written scorecard's declaration, and its folder."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.facts.store import Facts
from models.scorecard.grades import Grade
from models.scorecard.spec import Calibration, ColumnSpec, Gate, Spec, Unit
from models.scorecard.writing import write_scorecard
from training.card.page import card
from training.cases.population import describe
from training.cases.sample import local_day
from training.evidence import validate
from training.evidence.golden import golden_rows
from training.figures import rounded
from training.learning.study import Study
from training.place import of_runs, replacing
from training.provenance import provenance

LIBRARIES = ("lightgbm", "numpy", "scipy", "scikit-learn", "duckdb", "ibis-framework")


def declaration(facts: Facts, studied: Study, *, unit: Unit, purposes: tuple[str, ...]) -> Spec:
    """What the written scorecard says of itself, its gates not judged yet."""
    material = studied.material
    learned = material.split.training
    population = describe(
        facts,
        material.cases.filter(pa.array(learned)),
        material.profiles.filter(pa.array(learned)),
        text=f"Cases of {material.outcome.id} whose outcome was known before the split.",
    )
    every = set(material.profiles.column_names)
    columns = tuple(
        ColumnSpec.of(c, x, profile=every) for c, x in zip(material.columns, material.values[learned].T, strict=True)
    )
    return Spec(
        name=purposes[0].replace("_", "-"),
        unit=unit,
        purposes=purposes,
        outcome=material.outcome.id,
        horizon=material.outcome.horizon,
        basis="synthetic" if facts.synthetic else "model",
        columns=columns,
        features_digest=material.features_digest,
        calibration=Calibration(studied.served.slope, studied.served.intercept),
        population=population,
        data=_data(facts, studied),
        libraries={name: version(name) for name in LIBRARIES},
        grades=_grades(studied),
    )


def _grades(studied: Study) -> tuple[Grade, ...]:
    """The master scale by the served probabilities, with what the test showed of each grade."""
    test, tendency = studied.material.split.test, studied.tendency
    grades = validate.grades(studied.material.bad[test], studied.pd_served[test])
    return grades if tendency is None else tendency.observed(grades, studied.rate)


def _data(facts: Facts, studied: Study) -> dict[str, Any]:
    """What the scorecard says of where it comes from, in plain JSON."""
    material, tuned, tendency = studied.material, studied.tuned, studied.tendency
    return {
        "facts_digest": facts.digest,
        "synthetic": facts.synthetic,
        "currency": facts.currency,
        "tz": facts.tz,
        **material.to_json(),
        "out_of_time_from": str(local_day(material.split.at, facts)),
        "cases": dict(material.counts),
        "test_cases": int(material.split.test.sum()),
        "cases_not_known_before_the_split": material.counts["not_known_before_split"],
        "method": studied.proposal.written,
        "told": rounded(dict(studied.written.fitted.choices)),
        "tuning": {"trials": tuned.trials, "stopped_by_the_clock": tuned.stopped},
        "latest": rounded(vars(studied.latest)),
        "central_tendency": {**vars(tendency), "before": rounded(studied.rate)} if tendency is not None else None,
    }


def write_candidate(
    studied: Study, spec: Spec, validation: Mapping[str, Any], *, out: Path | None, run_id: str
) -> tuple[Path, str, Mapping[str, Gate]]:
    """Write the folder; return it, the digest of its scorecard.json, and every gate with its figures."""
    material = studied.material
    learned = pa.array(material.split.training)
    folder = out or of_runs(spec, studied.text)
    with replacing(folder) as beside:
        digest, gates = write_scorecard(
            beside,
            spec,
            booster_text=studied.text,
            golden_rows=golden_rows(
                material.cases.filter(learned),
                material.profiles.filter(learned),
                studied.margin[material.split.training],
                with_terms=spec.unit == "request",
            ),
            validation=validation,
            card=lambda gates: card(spec, validation, gates),
            provenance=provenance(run_id),
            catalogue=material.catalogue,
        )
    return folder, digest, gates

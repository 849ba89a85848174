"""Cold start: a scorecard of declared weights, for use before any outcome is known.

Every answer has `basis: expert`. Nothing is estimated; the facts give only the population for the ranges of the columns
and the level of the probabilities.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from features.declarations.catalogue import column
from features.declarations.feature import FeatureColumn
from features.engines.digest import features_digest
from features.errors import InputError
from features.facts.store import Facts
from features.fleet.write_fleet import default_as_of
from features.profiles.build import build_profiles
from features.profiles.spine import fleet_spine, read_spine
from models.scorecard.spec import Calibration, ColumnSpec, Gate, Spec, Unit
from models.scorecard.writing import write_scorecard
from training.candidate import LIBRARIES
from training.card.page import expert_card
from training.cases import outcomes
from training.cases.population import describe, matrix
from training.cases.split import local_day
from training.evidence.golden_cases import golden_rows
from training.learning.expert import ASSUMPTION, DeclaredWeights, Expert, declared_weights, expert
from training.learning.fit import Sample
from training.learning.tendency import Tendency
from training.output_folder import default_folder, refuse_occupied, refuse_unwritable, replacing
from training.provenance import provenance

CASES_MAX = 20_000  # of the fleet, the same in every run
CASES_MIN = 20  # with fewer there is no population
AGED_DAYS_MAX = 92  # from the day after the last fact: later, facts are missing that a quarter's import would bring


@dataclass(frozen=True)
class ColdStart:
    """The result of a cold start: the candidate's folder, the digest of its scorecard.json, and its gates."""

    folder: Path
    digest: str
    spec: Spec
    gates: Mapping[str, Gate]


def cold_start(
    facts: Facts,
    outcome: str,
    *,
    unit: Unit = "supplier",
    purposes: Sequence[str],
    spine: Path | None = None,
    as_of: datetime | None = None,
    tendency: Tendency | None = None,
    out: Path | None = None,
) -> ColdStart:
    """Write a candidate scorecard of declared weights.

    Args:
        facts: an imported facts folder; it needs no outcome.
        outcome: a declared outcome, whose probability the scorecard gives.
        spine: cases with the requested terms; needed for `request`.
        as_of: the instant of the population (default: the day after the last fact).
        tendency: the base rate, where it is not the declared one.

    Raises:
        InputError: there is no population, none of the declared columns differs in it, the day is long after the
            last fact, or the candidate cannot be written.
    """
    refuse_occupied(out)
    refuse_unwritable(out)
    if as_of is not None:
        _refuse_aged(facts, as_of)
    declared = outcomes.outcome(outcome)
    weights = declared_weights(declared.kind)
    cases, profiles = _population(facts, unit=unit, spine=spine, as_of=as_of or default_as_of(facts))
    columns = [column(w.name) for w in weights.weights if w.name in profiles.column_names]
    sample = _sample(cases, profiles, columns)
    if sample is None or (applied := expert(sample, weights, tendency.rate if tendency else None)) is None:
        fix = "Import more tables about these suppliers."
        raise InputError(
            "None of the declared columns differs between these suppliers.", where=str(facts.path), fix=fix
        )
    used_columns = [column(name) for name in sample.columns]
    spec = _spec(facts, cases, profiles, used_columns, unit=unit, purposes=tuple(purposes), outcome=declared)
    base = tendency or Tendency(weights.base_rate, f"assumed by {weights.id} until outcomes are known")
    spec = _with_basis(spec, weights, base, applied)
    return _written(cases, profiles, sample, spec, base, applied, out=out)


def _written(
    cases: pa.Table,
    profiles: pa.Table,
    sample: Sample,
    spec: Spec,
    base: Tendency,
    applied: Expert,
    *,
    out: Path | None,
) -> ColdStart:
    """Write the candidate's folder."""
    text, weights = applied.text(sample), applied.declared
    validation = _validation(weights, base, applied)
    margin = applied.margin(sample.values, list(sample.columns))
    folder = out or default_folder(spec, text)
    with replacing(folder) as beside:
        digest, gates = write_scorecard(
            beside,
            spec,
            booster_text=text,
            golden_rows=golden_rows(cases, profiles, margin, with_terms=spec.unit == "request"),
            validation=validation,
            card=lambda gates: expert_card(spec, weights, validation, gates),
            provenance=provenance(""),
        )
    return ColdStart(folder, digest, spec, gates)


def _refuse_aged(facts: Facts, as_of: datetime) -> None:
    """Refuse a day so late that the facts are outside the time windows: all suppliers would look inactive."""
    last = default_as_of(facts)
    if as_of > last + timedelta(days=AGED_DAYS_MAX):
        raise InputError(
            f"{local_day(as_of, facts)} is more than {AGED_DAYS_MAX} days after {local_day(last, facts)}, the day "
            "after the last known fact: by then most facts are outside the time windows.",
            where="--as-of",
            fix=f"Omit it, which means {local_day(last, facts)}, or import later facts.",
        )


def _population(facts: Facts, *, unit: Unit, spine: Path | None, as_of: datetime) -> tuple[pa.Table, pa.Table]:
    """All suppliers, or the requests of a spine, with their profiles."""
    if unit == "request" and spine is None:
        fix = "Give --spine with the requested amount and days, or use --unit supplier."
        raise InputError("A request scorecard needs cases with terms.", where="--unit request", fix=fix)
    cases = read_spine(facts, spine) if spine is not None else fleet_spine(facts, as_of)
    if cases.num_rows < CASES_MIN:
        problem = f"There are {cases.num_rows} cases, too few for a population."
        raise InputError(problem, where=str(spine or facts.path), fix=f"Import {CASES_MIN} or more.")
    ids = np.array([hashlib.sha256(c.encode()).hexdigest() for c in cases["case_id"].to_pylist()])
    cases = cases.take(pa.array(np.sort(np.argsort(ids)[:CASES_MAX]))).sort_by("case_id")
    terms = [name for name in outcomes.TERMS if name not in cases.column_names]
    profiles = build_profiles(facts, cases)
    for name in terms:
        cases = cases.append_column(name, pa.nulls(cases.num_rows))
    return cases, profiles


def _sample(cases: pa.Table, profiles: pa.Table, columns: Sequence[FeatureColumn]) -> Sample | None:
    """The population with the columns that differ, as a sample for the declared weights; None where none differs."""
    values = matrix(profiles, [c.name for c in columns])
    known = [x[~np.isnan(x)] for x in values.T]
    varying = [j for j, x in enumerate(known) if x.size and x.min() < x.max()]
    if not varying:
        return None
    n = cases.num_rows
    return Sample(
        values=values[:, varying],
        bad=np.zeros(n),
        weight=np.ones(n),
        as_of=np.asarray(cases["as_of"].to_numpy(), dtype="datetime64[us]"),
        supplier=cases["supplier_id"].to_pylist(),
        columns=[columns[j].name for j in varying],
        monotone=[columns[j].monotone for j in varying],
    )


def _spec(
    facts: Facts,
    cases: pa.Table,
    profiles: pa.Table,
    columns: Sequence[FeatureColumn],
    *,
    unit: Unit,
    purposes: tuple[str, ...],
    outcome: outcomes.Outcome,
) -> Spec:
    without_outcomes = cases.append_column("bad", pa.array(np.zeros(cases.num_rows)))
    every = set(profiles.column_names)
    last = cases["as_of"].to_numpy().max().astype("datetime64[us]").astype(datetime)
    return Spec(
        name=purposes[0].replace("_", "-"),
        unit=unit,
        purposes=purposes,
        outcome=outcome.id,
        horizon=outcome.horizon,
        basis="expert",
        columns=tuple(ColumnSpec.of(c, matrix(profiles, [c.name])[:, 0], profile=every) for c in columns),
        features_digest=features_digest([c.name for c in columns]),
        calibration=Calibration(1.0, 0.0),
        population=describe(
            facts, without_outcomes, profiles, text="All suppliers of the facts; none of their outcomes is known."
        ),
        data={
            "facts_digest": facts.digest,
            "synthetic": facts.synthetic,
            "currency": facts.currency,
            "tz": facts.tz,
            "outcome": outcome.declaration,
            "as_of": str(local_day(last, facts)),
            "method": "expert",
        },
        libraries={name: version(name) for name in LIBRARIES},
    )


def _with_basis(spec: Spec, weights: DeclaredWeights, base: Tendency, applied: Expert) -> Spec:
    used = [w for w in weights.weights if w.name in {s.column for s in applied.steps}]
    gate_text = (
        f"Declared weights of {weights.id} on {len(applied.steps)} columns; the mean probability is set to "
        f"{base.rate:.2%}: {base.reason}. No outcome was used. Published evidence is cited for the direction of"
        f" {sum(w.evidence != ASSUMPTION for w in used)} weights; that of the others, and every size, is an assumption."
    )
    data = {**spec.data, "card": weights.id, "central_tendency": {"rate": base.rate, "reason": base.reason}}
    return replace(spec, data=data, gates={"basis": Gate(True, gate_text)})


def _validation(weights: DeclaredWeights, base: Tendency, applied: Expert) -> dict[str, Any]:
    """The validation content of an untested scorecard: its declared weights."""
    because = {w.name: w.because for w in weights.weights}
    evidence = {w.name: w.evidence for w in weights.weights}
    return {
        "expert": {
            "card": weights.id,
            "text": dict(weights.text),
            "base_rate": base.rate,
            "reason": base.reason,
            "weights": [
                {
                    "column": s.column,
                    "edges": list(s.edges),
                    "log_odds": list(s.values),
                    "missing": s.missing,
                    "because": dict(because[s.column]),
                    "evidence": evidence[s.column],
                }
                for s in applied.steps
            ],
        },
        "cannot_conclude": [
            {
                "zh": "没有任何已知结果：无法评价排序能力与校准。",
                "en": "No outcome is known: neither ranking nor calibration can be judged.",
            }
        ],
    }

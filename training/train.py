"""Training from end to end: facts and an outcome in, a validated candidate scorecard out."""

import hashlib
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from features.errors import InputError
from features.facts import Facts
from features.home import home
from models.folder import REQUIRED
from models.gates import gates as gates_of
from models.scorecard import Scorecard, write_scorecard
from models.spec import Basis, Calibration, ColumnSpec, Gate, Spec, Unit
from training import leaks, validate
from training.card import card
from training.drift import column_stability, drift
from training.figures import rounded
from training.golden import golden_rows
from training.material import NOTHING_CHOSEN, Choices, Progress, gather
from training.population import describe
from training.proposal import EXPERT, Proposal
from training.provenance import provenance
from training.sample import local_day
from training.study import Study, study
from training.tendency import Tendency
from training.tracking import Run
from training.tuning import STANDING, Budget

PURPOSES: Mapping[str, tuple[str, ...]] = {"request": ("contract_loan",), "supplier": ("history_loan",)}
PURPOSE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)
LIBRARIES = ("lightgbm", "numpy", "scipy", "scikit-learn", "duckdb", "ibis-framework")


@dataclass(frozen=True)
class TrainResult:
    """What a training run leaves behind.

    Attributes:
        folder: the candidate scorecard.
        digest: of its scorecard.json.
        counts: cases by state.
        validation: the content of validation.json.
        gates: every gate, with its figures.
        test: the test cases: case_id, supplier_id, as_of, bad, pd.
    """

    folder: Path
    digest: str
    spec: Spec
    counts: Mapping[str, int]
    validation: Mapping[str, Any]
    gates: Mapping[str, Gate]
    test: pa.Table

    @property
    def figures(self) -> Mapping[str, Any]:
        """Out-of-time figures of the model and of every contender."""
        found: Mapping[str, Any] = self.validation["figures"]
        return found

    @property
    def drift(self) -> str:
        """Whether the test period drifted away from training, in words."""
        return str(self.validation["drift"]["text"])

    @property
    def failed_gates(self) -> tuple[str, ...]:
        """Names of the gates that failed."""
        return tuple(sorted(name for name, gate in self.gates.items() if not gate.passed))


def train(
    facts: Facts | Path | str,
    outcome: str,
    *,
    unit: Unit = "request",
    purposes: Sequence[str] = (),
    spine: pa.Table | Path | None = None,
    out_of_time_from: str | date | datetime | None = None,
    out: Path | None = None,
    budget: Budget = STANDING,
    tendency: Tendency | None = None,
    choices: Choices = NOTHING_CHOSEN,
    progress: Progress = lambda _: None,
) -> TrainResult:
    """Train, calibrate and validate a scorecard; write the candidate folder and log the run to MLflow.

    Args:
        facts: an imported facts folder.
        outcome: a name declared in outcomes.toml.
        unit: `request` needs the terms of each case; `supplier` does without.
        purposes: what it may serve (default: `contract_loan` for requests, `history_loan` for suppliers).
        spine: the cases to use of the outcome's (default: all), with terms where they are to be others.
        out_of_time_from: the split; a bare date is its 00:00 (default: the last quarter of cases is the test).
        out: the candidate folder (default: `<home>/runs/<name>-<digest>`).
        budget: how long to look for the shape of the trees (default: the standing shapes alone).
        tendency: the bad rate that probabilities are set to, where it is not the training's.
        choices: of columns from outside, of columns left out, of what the outcome's parameters are.
        progress: told, in a few words, what is being done.

    Raises:
        InputError: the facts do not allow it.
    """
    facts = facts if isinstance(facts, Facts) else Facts.open(facts)
    purposes = tuple(purposes) or PURPOSES[unit]
    _refuse_odd_purposes(purposes)
    _refuse_occupied(out)
    material = gather(
        facts,
        outcome,
        unit=unit,
        spine=spine,
        out_of_time_from=out_of_time_from,
        choices=choices,
        progress=progress,
    )
    studied = study(material, budget=budget, tendency=tendency, progress=progress)
    progress("opening the run in MLflow")
    with Run(home(), f"{outcome} {unit}") as run:
        result = _candidate(facts, studied, unit=unit, purposes=purposes, out=out, run=run, progress=progress)
        run.dataset(name=outcome, digest=facts.digest, source=facts.path.name)
        run.log(params=_parameters(result, studied), metrics=_metrics(result), tags={"scorecard": result.digest})
        run.keep(result.folder)
    return result


def _candidate(
    facts: Facts,
    studied: Study,
    *,
    unit: Unit,
    purposes: tuple[str, ...],
    out: Path | None,
    run: Run,
    progress: Progress,
) -> TrainResult:
    """Validate, and write the folder."""
    progress("validating")
    material = studied.material
    learned, test = material.split.training, material.split.test
    spec = _spec(facts, studied, unit=unit, purposes=purposes)
    validation = _validation(studied, spec)
    tried = Scorecard(spec, studied.text, validation=validation, catalogue=material.catalogue)
    gates = {**spec.gates, **gates_of(tried)}
    folder = out or home() / "runs" / f"{spec.name}-{_short(studied.text, spec)}"
    progress(f"writing {folder}")
    shutil.rmtree(folder, ignore_errors=True)  # an earlier candidate, and nothing else
    digest = write_scorecard(
        folder,
        spec,
        booster_text=studied.text,
        golden_rows=golden_rows(
            material.cases.filter(pa.array(learned)),
            material.profiles.filter(pa.array(learned)),
            studied.margin[learned],
            with_terms=unit == "request",
        ),
        validation=validation,
        card_md=card(spec, validation, material.counts, gates),
        provenance=provenance(run.id),
        catalogue=material.catalogue,
    )
    tested = material.cases.select(["case_id", "supplier_id", "as_of", "bad"]).filter(pa.array(test))
    tested = tested.append_column("pd", pa.array(studied.pd[test]))
    return TrainResult(folder, digest, spec, material.counts, validation, gates, tested)


def _spec(facts: Facts, studied: Study, *, unit: Unit, purposes: tuple[str, ...]) -> Spec:
    material = studied.material
    learned, test = material.split.training, material.split.test
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
        basis=_basis(facts, studied.proposal),
        columns=columns,
        features_digest=material.features_digest,
        calibration=Calibration(studied.platt.slope, studied.platt.intercept),
        population=population,
        data=_data(facts, studied),
        libraries={name: version(name) for name in LIBRARIES},
        gates={
            "slope": validate.slope_gate(studied.platt),
            "proposal": validate.proposal_gate(studied.proposal),
            **material.gates,
        },
        grades=validate.grades(material.bad[test], studied.pd[test]),
    )


def _basis(facts: Facts, proposal: Proposal) -> Basis:
    if proposal.written == EXPERT:
        return "expert"
    return "synthetic" if facts.synthetic else "model"


def _data(facts: Facts, studied: Study) -> dict[str, Any]:
    """What the scorecard says of where it comes from, in plain JSON."""
    material, tuned, tendency = studied.material, studied.tuned, studied.tendency
    return {
        "facts_digest": facts.digest,
        "synthetic": facts.synthetic,
        "currency": facts.currency,
        "tz": facts.tz,
        **material.told(),
        "out_of_time_from": str(local_day(material.split.at, facts)),
        "cases": dict(material.counts),
        "test_cases": int(material.split.test.sum()),
        "cases_not_known_before_the_split": material.counts["not_known_before_split"],
        "method": studied.proposal.written,
        "told": rounded(dict(studied.written.fitted.told)),
        "tuning": {"trials": tuned.trials, "stopped_by_the_clock": tuned.stopped},
        "central_tendency": vars(tendency) if tendency is not None else None,
    }


def _validation(studied: Study, spec: Spec) -> dict[str, Any]:
    material, sample = studied.material, studied.sample
    test, values = material.split.test, material.values
    parts = {"suppliers_never_seen": material.split.unseen[test]}
    if "ended" in material.cases.column_names:
        parts["ended"] = np.asarray(material.cases["ended"].to_pylist(), dtype=bool)[test]
    tested = validate.Tested(
        bad=material.bad[test],
        pd=studied.pd[test],
        contenders={name: one.pd(values[test]) for name, one in studied.learned.items()},
        as_of=material.as_of[test],
        parts=parts,
    )
    return {
        **validate.validation(tested, studied.platt, validate.figures(sample.bad, studied.pd_before)),
        "proposal": studied.proposal.to_json(),
        "cases": dict(material.counts),
        "leaks": leaks.told(material.findings),
        "drift": drift(
            bad=tested.bad,
            pd=tested.pd,
            bad_before=sample.bad,
            pd_before=studied.pd_before,
            columns=spec.columns,
            values=values[test],
        ),
        "columns": column_stability(spec.columns, sample.values, values[test]),
    }


def _short(booster_text: str, spec: Spec) -> str:
    """Ten digits that name a candidate by its content."""
    told = f"{spec.outcome} {spec.unit} {spec.purposes} {spec.data} {spec.features_digest} {spec.calibration}"
    return hashlib.sha256((told + booster_text).encode()).hexdigest()[:10]


def _refuse_odd_purposes(purposes: Sequence[str]) -> None:
    for purpose in purposes:
        if not PURPOSE.fullmatch(purpose):
            mend = "Use lower-case words joined by _, such as contract_loan."
            raise InputError(f"{purpose!r} cannot be a purpose.", where="--purpose", mend=mend)


def _refuse_occupied(out: Path | None) -> None:
    """Refuse a place that cannot be written or holds what is not ours to replace: another candidate is."""
    if out is None:
        return
    there = next(place for place in (out, *out.absolute().parents) if place.exists())
    if not there.is_dir():
        raise InputError("This is no folder.", where=str(there), mend="Name another with --out.")
    if there == out and (odd := sorted({p.name for p in out.iterdir()} - set(REQUIRED))):
        said = "There is a release here." if "approval.json" in odd else f"There is something else here: {odd[0]!r}."
        raise InputError(said, where=str(out), mend="Name a new folder with --out.")


def _parameters(result: TrainResult, studied: Study) -> dict[str, Any]:
    spec, shape = result.spec, studied.tuned.shape
    told = {"unit": spec.unit, "outcome": spec.outcome, "purposes": ",".join(spec.purposes), "basis": spec.basis}
    tree = {"trees": shape.trees, "leaves": shape.leaves, "depth": shape.depth, "learning_rate": shape.rate}
    chosen = {"trials": studied.tuned.trials, "method": studied.proposal.written, "proposal": studied.proposal.name}
    split = {"out_of_time_from": spec.data["out_of_time_from"], "columns": len(spec.columns)}
    return {**told, **tree, **chosen, **split, "features_digest": spec.features_digest}


def _metrics(result: TrainResult) -> dict[str, float | None]:
    found = {f"{who}_{name}": value for who, told in result.figures.items() for name, value in told.items()}
    found |= {f"cases_{state}": n for state, n in result.counts.items()}
    return found | {"calibration_slope": result.spec.calibration.slope, "gates_failed": len(result.failed_gates)}

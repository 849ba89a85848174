"""Training: from facts and an outcome to a validated candidate scorecard."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.errors import InputError
from features.facts.store import Facts
from features.home import home
from models.scorecard.spec import Gate, Spec, Unit
from training.candidate import declaration, write_candidate
from training.evidence.validate_study import examine
from training.evidence.validate_study import gates as judged
from training.learning.study import Study, study
from training.learning.tendency import Tendency
from training.learning.training_data import NOTHING_CHOSEN, Choices, Progress, gather
from training.learning.tuning import DEFAULT_BUDGET, Budget
from training.output_folder import refuse_occupied, refuse_unwritable
from training.tracking.params_and_metrics import run_metrics, run_params
from training.tracking.run import Run
from training.validation.parts.benefit import Economics

PURPOSES: Mapping[str, tuple[str, ...]] = {"request": ("contract_loan",), "supplier": ("history_loan",)}
PURPOSE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True)
class TrainResult:
    """The result of a training run.

    Attributes:
        folder: the candidate scorecard.
        digest: of its scorecard.json.
        counts: cases by state.
        validation: the content of validation.json.
        gates: every gate, with its figures.
        test: the test cases: case_id, supplier_id, as_of, bad, pd.
        report: the folder of the validation report; None without one.
    """

    folder: Path
    digest: str
    spec: Spec
    counts: Mapping[str, int]
    validation: Mapping[str, Any]
    gates: Mapping[str, Gate]
    test: pa.Table
    report: Path | None = None

    @property
    def figures(self) -> Mapping[str, Any]:
        """Out-of-time figures of the model and of every contender."""
        figures: Mapping[str, Any] = self.validation["figures"]
        return figures

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
    budget: Budget = DEFAULT_BUDGET,
    tendency: Tendency | None = None,
    choices: Choices = NOTHING_CHOSEN,
    economics: Economics | None = None,
    report: bool = False,
    progress: Progress = lambda _: None,
) -> TrainResult:
    """Train, calibrate and validate a scorecard; write the candidate folder and log the run to MLflow.

    Args:
        facts: an imported facts folder.
        outcome: a name declared in outcomes.toml.
        unit: `request` needs the terms of each case; `supplier` does without.
        purposes: what it may serve (default: `contract_loan` for requests, `history_loan` for suppliers).
        spine: which of the outcome's cases to use (default: all), with terms where they differ.
        out_of_time_from: the split; a bare date means 00:00 (default: the last quarter of cases is the test).
        out: the candidate folder (default: `<home>/runs/<name>-<digest>`).
        budget: how long to search for the shape of the trees (default: only the two default shapes).
        tendency: the bad rate for the probabilities, where it is not the training's.
        choices: columns from outside, columns to leave out, parameters of the outcome, accepted leaks.
        economics: margin and loss given default, for the report's benefit (default: assumptions, marked as such).
        report: whether to write the validation report, to `<home>/reports/<candidate>`; it takes some seconds.
        progress: called with a short text at each step.

    Raises:
        InputError: the facts or an option do not allow training.
    """
    purposes = tuple(purposes) or PURPOSES[unit]
    _refuse_invalid_purposes(purposes)
    refuse_occupied(out)
    refuse_unwritable(out)
    facts = facts if isinstance(facts, Facts) else Facts.open(facts)
    data = gather(
        facts, outcome, unit=unit, spine=spine, out_of_time_from=out_of_time_from, choices=choices, progress=progress
    )
    studied = study(data, budget=budget, tendency=tendency, progress=progress)
    return _written_and_logged(
        facts, studied, unit=unit, purposes=purposes, economics=economics, out=out, report=report, progress=progress
    )


def _written_and_logged(
    facts: Facts,
    studied: Study,
    *,
    unit: Unit,
    purposes: tuple[str, ...],
    economics: Economics | None,
    out: Path | None,
    report: bool,
    progress: Progress,
) -> TrainResult:
    """Write the candidate, its report if wanted, and log both to an MLflow run."""
    outcome = studied.data.outcome.name
    progress("opening the run in MLflow")
    with Run(home(), f"{outcome} {unit}") as run:
        result = _candidate(
            facts, studied, unit=unit, purposes=purposes, economics=economics, out=out, run=run, progress=progress
        )
        run.dataset(name=outcome, digest=facts.digest, source=facts.path.name)
        run.log(
            params=run_params(result.spec, studied, economics),
            metrics=run_metrics(result.figures, result.counts, result.spec, result.failed_gates),
            tags={"scorecard": result.digest},
        )
        run.log_candidate(result.folder)
        if report:
            folder = _reported(facts, studied, result, progress)
            run.log_report(folder)
            result = replace(result, report=folder)
    return result


def _candidate(
    facts: Facts,
    studied: Study,
    *,
    unit: Unit,
    purposes: tuple[str, ...],
    economics: Economics | None,
    out: Path | None,
    run: Run,
    progress: Progress,
) -> TrainResult:
    """Validate the study and write the candidate."""
    data = studied.data
    declared = declaration(facts, studied, unit=unit, purposes=purposes)
    validation = examine(facts, studied, declared, data.catalogue, economics=economics, progress=progress)
    spec = replace(declared, gates=judged(studied, validation))
    progress("writing the candidate")
    folder, digest, gates = write_candidate(studied, spec, validation, out=out, run_id=run.id)
    test = pa.array(data.split.test)
    tested = data.cases.select(["case_id", "supplier_id", "as_of", "bad"]).filter(test)
    tested = tested.append_column("pd", pa.array(studied.served.pd(studied.tested_margin)))
    return TrainResult(folder, digest, spec, data.counts, validation, gates, tested)


def _reported(facts: Facts, studied: Study, result: TrainResult, progress: Progress) -> Path:
    """Write the validation report of a candidate; its folder."""
    from training.report.report_input import report_input
    from training.report.write import write_report

    progress("writing the report")
    report = report_input(
        facts,
        studied,
        result.spec,
        result.validation,
        result.gates,
        folder=result.folder,
        digest=result.digest,
    )
    written = write_report(report)
    if written.note:
        progress(written.note)
    return written.folder


def _refuse_invalid_purposes(purposes: Sequence[str]) -> None:
    for purpose in purposes:
        if not PURPOSE.fullmatch(purpose):
            fix = "Use lower-case words joined by _, such as contract_loan."
            raise InputError(f"{purpose!r} cannot be a purpose.", where="--purpose", fix=fix)

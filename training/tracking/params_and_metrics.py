"""Parameters and metrics of a training run for MLflow; no case, supplier or file content."""

from collections.abc import Iterable, Mapping
from typing import Any

from models.scorecard.spec import Spec
from training.cases import parameters
from training.learning.contenders import BLEND
from training.learning.study import Study
from training.learning.tendency import Tendency
from training.learning.training_data import TrainingData
from training.validation.parts.benefit import Economics


def run_params(spec: Spec, studied: Study, economics: Economics | None) -> dict[str, Any]:
    """Return the parameters of a run: what was chosen, and the values that follow from it."""
    applied = economics or Economics()
    return {
        "unit": spec.unit,
        "purposes": ",".join(spec.purposes),
        "basis": spec.basis,
        **_outcome(studied.data),
        **_data_params(studied.data),
        "out_of_time_from": spec.data["out_of_time_from"],
        "columns": len(spec.columns),
        "features_digest": spec.features_digest,
        "trials": studied.tuned.trials,
        "proposal": studied.proposal.name,
        "method": studied.proposal.written,
        **_trees(studied),
        **_tendency(studied.tendency),
        "margin": applied.margin,
        "lgd": applied.lgd,
        "economics": "given" if economics else "assumed",
    }


def run_metrics(
    figures: Mapping[str, Mapping[str, Any]], counts: Mapping[str, int], spec: Spec, failed: Iterable[str]
) -> dict[str, float | None]:
    """Return the metrics of a run; None where one could not be evaluated."""
    metrics = {f"{who}_{name}": value for who, values in figures.items() for name, value in values.items()}
    metrics |= {f"cases_{state}": n for state, n in counts.items()}
    return metrics | {"calibration_slope": spec.calibration.slope, "gates_failed": len(list(failed))}


def _outcome(data: TrainingData) -> dict[str, Any]:
    outcome = data.outcome
    values = {name: getattr(outcome, name) for name in parameters.names(outcome.kind)}
    as_texts = {f"outcome_{name}": parameters.as_text(value) for name, value in values.items() if value is not None}
    return {"outcome": outcome.id, **as_texts}


def _data_params(data: TrainingData) -> dict[str, Any]:
    """Columns left out, leaks accepted and outside columns, where there are any; reasons are in validation.json."""
    accepted = sorted({finding.column for finding in data.findings if finding.verdict == "accepted"})
    choices = {"without": ",".join(sorted(data.without)), "accepted_leaks": ",".join(accepted)}
    if data.external:
        choices |= {"external": data.external.digest, "external_spec": data.external.declared.digest}
    return {name: value for name, value in choices.items() if value}


def _trees(studied: Study) -> dict[str, Any]:
    """The shape of the written trees; empty where the written scorecard has none."""
    choices = studied.written.fitted.choices
    shape = vars(BLEND) if studied.proposal.written == "blend" else choices if "leaves" in choices else None
    if shape is None:
        return {}
    return {"trees": shape["trees"], "leaves": shape["leaves"], "depth": shape["depth"], "learning_rate": shape["rate"]}


def _tendency(tendency: Tendency | None) -> dict[str, Any]:
    if tendency is None:
        return {}
    return {"central_tendency": tendency.rate, "central_tendency_reason": tendency.reason}

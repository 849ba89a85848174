"""The validation of a study: the content of validation.json, and the gates that follow from it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from features.facts.store import Facts
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.spec import Gate, Spec
from training.calibrate import LEVEL
from training.evidence import figures_and_gates
from training.evidence.drift import column_stability, drift
from training.evidence.explain_study import explained
from training.evidence.parity import parity
from training.evidence.representativeness import representativeness
from training.evidence.study_cases import developed, record_groups, tested
from training.evidence.too_few_cases import cannot_conclude
from training.figures import rounded
from training.learning import leaks
from training.learning.proposal import CONSTANT
from training.learning.study import Study
from training.learning.training_data import Progress
from training.validation.parts.all_parts import validation_parts
from training.validation.parts.benefit import Economics
from training.validation.parts.explanations import Explained
from training.validation.parts.stability import Columns

RANKING = ("auc", "auc_low", "auc_high", "ks")


def examine(
    facts: Facts,
    studied: Study,
    spec: Spec,
    catalogue: Catalogue,
    *,
    economics: Economics | None = None,
    progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """Validate the written scorecard on the cases after the split; the same study gives the same bytes.

    Args:
        spec: the scorecard's declaration, without gates.
        catalogue: the sentences of its reasons.
        economics: margin and loss given default for the benefit (default: assumptions, marked as such).
    """
    data, sample = studied.data, studied.sample
    progress("refitting on resampled suppliers, to test whether reasons are stable")
    reasons = explained(studied, spec, catalogue)
    progress("applying the written rules")
    parts = _parts_by_rule(facts, studied, spec, reasons, economics)
    progress("comparing the development sample with applicants and all suppliers")
    return {
        "figures": _figures(studied),
        "comparison": _comparison(studied),
        "proposal": studied.proposal.to_json(),
        "cannot_conclude": _cannot_conclude(studied),
        "parts": _test_subsets(studied),
        "out_of_fold": figures_and_gates.figures(sample.bad, studied.pd_before),
        "platt": _platt(studied),
        "cases": dict(data.counts),
        "leaks": leaks.to_json(data.findings),
        "drift": _drift(studied, spec),
        "columns_used": len(studied.used),
        "columns": column_stability(spec.columns, data.values[data.split.training], data.values[data.split.test]),
        "representativeness": representativeness(facts, data, spec),
        "implementation": parity(facts, data),
        **parts,
    }


def _parts_by_rule(
    facts: Facts, studied: Study, spec: Spec, reasons: Explained, economics: Economics | None
) -> dict[str, Any]:
    """The parts of the validation that are judged by the written rules."""
    data, used = studied.data, studied.used
    names = tuple(data.names[i] for i in used)
    return validation_parts(
        tested(facts, studied, spec.scale),
        development=developed(facts, studied, spec.scale),
        columns=Columns(names, studied.sample.values[:, used], data.values[data.split.test][:, used]),
        grades=spec.grades,
        economics=economics,
        groups=record_groups(studied),
        explained=reasons,
    )


def _drift(studied: Study, spec: Spec) -> dict[str, Any]:
    """Drift of the test from training, in the columns that the written scorecard uses."""
    data, test, used = studied.data, studied.data.split.test, studied.used
    return drift(
        bad=data.bad[test],
        pd=studied.pd[test],
        bad_before=studied.sample.bad,
        pd_before=studied.pd_before,
        columns=[spec.columns[i] for i in used],
        values=data.values[test][:, used],
    )


def gates(studied: Study, validation: Mapping[str, Any]) -> dict[str, Gate]:
    """The gates that are decided in training."""
    return {
        "slope": figures_and_gates.slope_gate(studied.platt),
        "proposal": figures_and_gates.proposal_gate(studied.proposal),
        "record_groups": figures_and_gates.groups_gate(validation["record_groups"]),
        "parity": figures_and_gates.parity_gate(validation["implementation"]),
        **studied.data.gates,
    }


def _figures(studied: Study) -> dict[str, Any]:
    """The written scorecard and every contender on the cases after the split."""
    data = studied.data
    test = data.split.test
    pd_by_contender = {name: one.pd(data.values[test]) for name, one in studied.learned.items()}
    return figures_and_gates.contenders(data.bad[test], {"model": studied.pd[test], **pd_by_contender})


def _comparison(studied: Study) -> dict[str, Any]:
    """Every contender out of fold, on the same cases with the same calibration, and its distance to the written one."""
    by_contender, written = {}, studied.proposal.written
    for name, one in studied.comparison.judged.items():
        gap, se = studied.comparison.behind(name, written)
        figures = figures_and_gates.figures(studied.comparison.bad, one.pd(studied.comparison.rows))
        if name == CONSTANT:  # each fold has its own bad rate, which would rank the folds, not the cases
            alike = figures_and_gates.figures(studied.comparison.bad, np.zeros(figures["n"]))
            figures |= {figure: alike[figure] for figure in RANKING}
        by_contender[name] = {
            **figures,
            "loss": float(studied.comparison.losses(name).mean()),
            "behind": gap,
            "behind_se": se,
            "label": vars(one.contender.label),
            "serves": one.contender.serves,
        }
    return {name: rounded(figures) for name, figures in by_contender.items()}


def _cannot_conclude(studied: Study) -> list[dict[str, str]]:
    data, bad = studied.data, studied.sample.bad
    after = data.bad[data.split.test]
    return cannot_conclude(int(bad.sum()), int(len(bad) - bad.sum()), int(after.sum()), int(len(after) - after.sum()))


def _test_subsets(studied: Study) -> dict[str, Any]:
    """Figures of subsets of the test: suppliers without a training case, and contracts that have ended."""
    data = studied.data
    test = data.split.test
    masks = {"suppliers_never_seen": data.split.unseen[test]}
    if "ended" in data.cases.column_names:
        masks["ended"] = np.asarray(data.cases["ended"].to_pylist(), dtype=bool)[test]
    bad, pd = data.bad[test], studied.pd[test]
    return {name: figures_and_gates.figures(bad[rows], pd[rows]) for name, rows in masks.items()}


def _platt(studied: Study) -> dict[str, Any]:
    return {name: rounded(value) for name, value in {**vars(studied.platt), "level": LEVEL}.items()}

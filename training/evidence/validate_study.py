"""The validation of a study: the content of validation.json, and the gates that follow from it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from features.facts.store import Facts
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.spec import Gate, Spec
from training.calibrate import LEVEL
from training.cases.copies import copies
from training.evidence import figures_and_gates
from training.evidence.drift import column_stability, drift
from training.evidence.explain_study import explained
from training.evidence.parity import parity
from training.evidence.representativeness import representativeness
from training.evidence.study_cases import developed, record_groups, tested
from training.evidence.too_few_cases import cannot_conclude
from training.figures import Floats, rounded
from training.learning import leaks
from training.learning.proposal import CONSTANT
from training.learning.study import Study
from training.learning.training_data import Progress
from training.validation.parts.all_parts import validation_parts
from training.validation.parts.benefit import Economics
from training.validation.parts.explanations import Explained
from training.validation.parts.stability import Columns

TIMELESS = {
    "zh": "所有案例在同一时间：以按供应商分组的交叉验证代替时间外检验，结论不适用于以后的时期。",
    "en": "No outcome was known before the last case began: the figures are of grouped cross-validation by supplier,"
    " not of a test out of time, and say nothing about a later period.",
}
"""What takes the place of a test out of time where there is no time to split by."""
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
    data = studied.data
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
        "out_of_fold": _out_of_fold(studied),
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
        development=None if data.split.grouped else developed(facts, studied, spec.scale),
        columns=Columns(names, studied.sample.values[:, used], data.values[data.tested][:, used]),
        grades=spec.grades,
        economics=economics,
        groups=record_groups(studied),
        explained=reasons,
    )


def _drift(studied: Study, spec: Spec) -> dict[str, Any]:
    """Drift of the test from training, in the columns that the written scorecard uses."""
    data, used, before = studied.data, studied.used, np.isfinite(studied.out_of_fold)
    rows = copies(np.flatnonzero(data.split.training)[before], data.weight, data.cases["case_id"].to_pylist())
    return drift(
        bad=data.bad[data.tested],
        pd=_test_pd(studied)[data.tested],
        supplier=data.supplier[data.tested],
        bad_before=data.bad[rows],
        pd_before=_training_pd(studied)[rows],
        columns=[spec.columns[i] for i in used],
        values=data.values[data.tested][:, used],
    )


def _test_pd(studied: Study) -> Floats:
    """Its calibrated probabilities of the test cases, at their places; NaN elsewhere."""
    pd = np.full(len(studied.data.bad), np.nan)
    pd[studied.data.split.test] = studied.tested_pd
    return pd


def _training_pd(studied: Study) -> Floats:
    """Its calibrated probabilities of the training cases out of fold, at their places; NaN elsewhere."""
    pd = np.full(len(studied.data.bad), np.nan)
    pd[studied.data.split.training] = studied.pd_before
    return pd


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
    data, rows = studied.data, studied.data.tested
    if data.split.grouped:  # every contender out of fold, as the comparison judged it
        judged, comparison = studied.comparison.rows, studied.comparison
        model = {"model": figures_and_gates.figures(data.bad[rows], _test_pd(studied)[rows], data.supplier[rows])}
        pd = {name: one.pd(judged) for name, one in comparison.judged.items()}
        supplier = np.asarray(comparison.sample.supplier, dtype=object)[judged]
        return model | figures_and_gates.contenders(comparison.bad, pd, supplier)
    pd = {name: one.pd(data.served_values[rows]) for name, one in studied.learned.items()}
    pd = {"model": _test_pd(studied)[rows], **pd}
    return figures_and_gates.contenders(data.bad[rows], pd, data.supplier[rows])


def _comparison(studied: Study) -> dict[str, Any]:
    """Every contender out of fold, on the same cases with the same calibration, and its distance to the written one."""
    by_contender, written = {}, studied.proposal.written
    supplier = np.asarray(studied.comparison.sample.supplier, dtype=object)[studied.comparison.rows]
    for name, one in studied.comparison.judged.items():
        gap, se = studied.comparison.behind(name, written)
        figures = figures_and_gates.figures(studied.comparison.bad, one.pd(studied.comparison.rows), supplier)
        if name == CONSTANT:  # each fold has its own bad rate, which would rank the folds, not the cases
            alike = figures_and_gates.figures(studied.comparison.bad, np.zeros(figures["n"]), supplier)
            figures |= {figure: alike[figure] for figure in RANKING}
        by_contender[name] = {
            **figures,
            "loss": studied.comparison.loss(name),
            "behind": gap,
            "behind_se": se,
            "label": vars(one.contender.label),
            "serves": one.contender.serves,
        }
    return {name: rounded(figures) for name, figures in by_contender.items()}


def _out_of_fold(studied: Study) -> dict[str, Any]:
    data, before = studied.data, np.isfinite(studied.out_of_fold)
    rows = copies(np.flatnonzero(data.split.training)[before], data.weight, data.cases["case_id"].to_pylist())
    return figures_and_gates.figures(data.bad[rows], _training_pd(studied)[rows], data.supplier[rows])


def _cannot_conclude(studied: Study) -> list[dict[str, str]]:
    data, bad = studied.data, studied.sample.bad
    after = data.bad[data.split.test]
    limits = cannot_conclude(int(bad.sum()), int(len(bad) - bad.sum()), int(after.sum()), int(len(after) - after.sum()))
    return [*([TIMELESS] if data.split.grouped else []), *limits]


def _test_subsets(studied: Study) -> dict[str, Any]:
    """Figures of subsets of the test: suppliers without a training case, and contracts that have ended."""
    data = studied.data
    at, pd = data.tested, _test_pd(studied)
    masks = {"suppliers_never_seen": data.split.unseen}
    if "ended" in data.cases.column_names:
        masks["ended"] = np.asarray(data.cases["ended"].to_pylist(), dtype=bool)
    subsets = {name: at[mask[at]] for name, mask in masks.items()}
    return {
        name: figures_and_gates.figures(data.bad[rows], pd[rows], data.supplier[rows]) for name, rows in subsets.items()
    }


def _platt(studied: Study) -> dict[str, Any]:
    return {name: rounded(value) for name, value in {**vars(studied.platt), "level": LEVEL}.items()}

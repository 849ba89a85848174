"""One training, with its progress and the figures that judge the candidate."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cli.shared.terminal import out, working

if TYPE_CHECKING:
    from training.train import TrainResult

UnitName = Literal["supplier", "request"]


def fit(
    facts: Path,
    outcome: str,
    *,
    unit: UnitName,
    spine: Path | None = None,
    purposes: Sequence[str] = (),
    out_of_time_from: str | None = None,
    out_dir: Path | None = None,
    trials: int = 2,
    tune_seconds: float | None = None,
    central_tendency: str | None = None,
    economics: Mapping[str, float] | None = None,
    choices: Mapping[str, Any] | None = None,
    report: bool = False,
) -> "TrainResult":
    """Train one candidate, showing the progress and the figures that judge it; `choices` are those of `Choices`."""
    with working(f"Training a {unit} scorecard on {outcome}") as progress:
        from features.facts.store import Facts
        from training.learning.tendency import Tendency
        from training.learning.training_data import Choices
        from training.learning.tuning import Budget
        from training.train import train as train_scorecard
        from training.validation.parts.benefit import Economics

        result = train_scorecard(
            Facts.open(facts),
            outcome,
            unit=unit,
            purposes=tuple(purposes),
            spine=spine,
            out_of_time_from=out_of_time_from,
            out=out_dir,
            budget=Budget(trials, float("inf") if tune_seconds is None else tune_seconds),
            tendency=Tendency.parse(central_tendency) if central_tendency is not None else None,
            economics=Economics(**economics) if economics else None,
            choices=Choices(**(choices or {})),
            report=report,
            progress=progress,
        )
    try:
        show(result)
    finally:
        out.print(str(result.folder), markup=False)
    return result


def show(result: "TrainResult") -> None:
    """Print what was learned from, how well it does out of time, and the gates."""
    out.print("cases: " + ", ".join(f"{n:,} {state.replace('_', ' ')}" for state, n in result.counts.items()))
    for note in result.spec.data.get("notes", ()):
        out.print(note, markup=False)
    out.print(
        f"{result.spec.data['test']} (no test out of time):"
        if "test" in result.spec.data
        else f"test from {result.spec.data['out_of_time_from']} on:"
    )
    out.print(f"  {'':26}{'n':>7}{'bad':>6}{'AUC':>7}  {'90 % interval':<15}{'KS':>6}{'Brier':>9}")
    parts = {f"model, {name.replace('_', ' ')}": figures for name, figures in result.validation["parts"].items()}
    for name, figures in {**result.figures, **parts}.items():
        out.print(f"  {name:<26}{figures['n']:>7,}{figures['bad']:>6,}" + _figures(figures))
    out.print(result.drift)
    for name, gate in result.gates.items():
        out.print(f"  {'passed' if gate.passed else 'FAILED'}  {name}: {gate.text}", markup=False)
    if result.report is not None:
        out.print(f"validation report: {result.report}", markup=False)


def _figures(figures: Mapping[str, Any]) -> str:
    if figures["auc"] is None:
        return "  not evaluable"
    known = figures["auc_low"] is not None and figures["auc_high"] is not None
    interval = f"{figures['auc_low']:.3f} – {figures['auc_high']:.3f}" if known else "–"
    return f"{figures['auc']:>7.3f}  {interval:<15}{figures['ks']:>6.3f}{figures['brier']:>9.5f}"

"""`supplier-credit train`: facts and an outcome to a validated candidate scorecard."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli.console import out, working

if TYPE_CHECKING:
    from training.train import TrainResult


UnitName = Literal["supplier", "request"]


class Unit(StrEnum):
    """What a scorecard scores."""

    SUPPLIER = "supplier"
    REQUEST = "request"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("train")(train)


def train(
    facts: Annotated[Path, typer.Argument(help="An imported facts folder.")],
    outcome: Annotated[str, typer.Option(help="loan_default, contract_failure, late_delivery or given.")],
    spine: Annotated[Path | None, typer.Option(help="Cases and terms, where the outcome's own are not meant.")] = None,
    unit: Annotated[Unit, typer.Option(help="request: with the terms asked; supplier: without.")] = Unit.SUPPLIER,
    purpose: Annotated[
        list[str] | None,
        typer.Option(help="Purpose it may serve; repeatable [default: contract_loan or history_loan, by unit]."),
    ] = None,
    out_of_time_from: Annotated[
        str | None, typer.Option(help="First date of the test [default: leaves the last 25 % of matured cases].")
    ] = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="The candidate's folder [default: in <home>/runs].")
    ] = None,
):
    """Train a scorecard, validate it out of time, and write it as a candidate.

    LightGBM under the declared monotone constraints, Platt calibration, a constant and a logistic regression to beat;
    the run is logged to MLflow under <home>. A candidate whose gates fail is written too, and says which.

    Examples:

    \b
      supplier-credit train var/facts --outcome loan_default --unit request
      supplier-credit train var/facts --outcome late_delivery --out-of-time-from 2018-01-01
    """
    result = fit(
        facts,
        outcome,
        spine=spine,
        unit=unit.value,
        purposes=tuple(purpose or ()),
        out_of_time_from=out_of_time_from,
        out_dir=out_dir,
    )
    out.print(str(result.folder), markup=False)


def fit(
    facts: Path,
    outcome: str,
    *,
    unit: UnitName,
    spine: Path | None = None,
    purposes: Sequence[str] = (),
    out_of_time_from: str | None = None,
    out_dir: Path | None = None,
) -> "TrainResult":
    """Train one candidate, showing the progress and the figures that judge it."""
    with working(f"Training a {unit} scorecard on {outcome}") as report:
        from features.facts import Facts
        from training.train import train as train_scorecard

        result = train_scorecard(
            Facts.open(facts),
            outcome,
            unit=unit,
            purposes=tuple(purposes),
            spine=spine,
            out_of_time_from=out_of_time_from,
            out=out_dir,
            progress=report,
        )
    show(result)
    return result


def show(result: "TrainResult") -> None:
    """Print what was learned from, how well it does out of time, and the gates."""
    out.print("cases: " + ", ".join(f"{n:,} {state.replace('_', ' ')}" for state, n in result.counts.items()))
    out.print(f"test from {result.spec.data['out_of_time_from']} on:")
    out.print(f"  {'':26}{'n':>7}{'bad':>6}{'AUC':>7}  {'90 % interval':<15}{'KS':>6}{'Brier':>9}")
    parts = {f"model, {name.replace('_', ' ')}": told for name, told in result.validation["parts"].items()}
    for name, told in {**result.figures, **parts}.items():
        out.print(f"  {name:<26}{told['n']:>7,}{told['bad']:>6,}" + _figures(told))
    out.print(result.drift)
    for name, gate in result.gates.items():
        out.print(f"  {'passed' if gate.passed else 'FAILED'}  {name}: {gate.text}", markup=False)


def _figures(told: Mapping[str, Any]) -> str:
    if told["auc"] is None:
        return "  not evaluable"
    interval = f"{told['auc_low']:.3f} – {told['auc_high']:.3f}"
    return f"{told['auc']:>7.3f}  {interval:<15}{told['ks']:>6.3f}{told['brier']:>9.5f}"

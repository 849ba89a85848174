"""`supplier-credit train`: facts and an outcome to a validated candidate scorecard."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli.console import out, working
from features.errors import InputError

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
    outcome_parameter: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE, where the outcome is not meant as declared, such as dpd=60; repeatable."),
    ] = None,
    external: Annotated[
        Path | None, typer.Option(help="Columns from outside, such as bureau data: CSV or Parquet, by case_id.")
    ] = None,
    external_spec: Annotated[
        Path | None,
        typer.Option(help="TOML: of each outside column label, direction, sentences, and when it is known."),
    ] = None,
    without: Annotated[list[str] | None, typer.Option(help="A column to leave out; repeatable.")] = None,
    accept_leak: Annotated[
        list[str] | None,
        typer.Option(help="NAME=REASON: why a column may stay that tells the outcome by itself; recorded; repeatable."),
    ] = None,
    trials: Annotated[
        int,
        typer.Option(
            min=2, help="Shapes of trees to try, those beyond two drawn by Optuna; as many give the same bytes."
        ),
    ] = 10,
    tune_seconds: Annotated[
        float | None, typer.Option(min=0, help="Stop trying after so long; what the clock stopped is recorded.")
    ] = None,
    central_tendency: Annotated[
        str | None,
        typer.Option(help="RATE=REASON: the bad rate that probabilities are set to, where it is not the training's."),
    ] = None,
    margin: Annotated[
        float | None, typer.Option(min=1e-6, max=1, help="What a good case earns, of its amount [default: 0.03].")
    ] = None,
    lgd: Annotated[
        float | None, typer.Option(min=1e-6, max=1, help="What a bad case loses, of its amount [default: 0.45].")
    ] = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="The candidate's folder [default: in <home>/runs].")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report/--no-report", help="Write the validation report, under <home>/reports.")
    ] = True,
):
    """Train a scorecard, validate it out of time, and write it as a candidate.

    Contenders from a constant to LightGBM under the declared monotone constraints learn on the same folds; one is
    proposed by written rules, calibrated (Platt), and judged on the cases after the split. Rivals that could not be
    served are measured beside them. The run is logged to MLflow under <home>. A candidate whose gates fail is written
    too, and says which. The validation report is written in English and Chinese, as HTML and, where there is a
    Chromium, as PDF.

    Every column is first judged by itself: where one tells the outcome with an AUC above 0.90 training stops, above
    0.80 it warns. A scorecard with outside columns is not promoted: the service does not compute them.

    Examples:

    \b
      supplier-credit train var/facts --outcome loan_default --unit request
      supplier-credit train var/facts --outcome late_delivery --out-of-time-from 2018-01-01
      supplier-credit train var/facts --outcome loan_default --outcome-parameter dpd=60
      supplier-credit train var/facts --outcome loan_default --external bureau.csv --external-spec bureau.toml
    """
    result = fit(
        facts,
        outcome,
        spine=spine,
        unit=unit.value,
        purposes=tuple(purpose or ()),
        out_of_time_from=out_of_time_from,
        out_dir=out_dir,
        trials=trials,
        tune_seconds=tune_seconds,
        central_tendency=central_tendency,
        economics={name: value for name, value in (("margin", margin), ("lgd", lgd)) if value is not None},
        choices={
            "parameters": named(outcome_parameter, "--outcome-parameter"),
            "external": external,
            "external_spec": external_spec,
            "without": tuple(without or ()),
            "accepted_leaks": named(accept_leak, "--accept-leak"),
        },
        report=report,
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
    trials: int = 2,
    tune_seconds: float | None = None,
    central_tendency: str | None = None,
    economics: Mapping[str, float] | None = None,
    choices: Mapping[str, Any] | None = None,
    report: bool = False,
) -> "TrainResult":
    """Train one candidate, showing the progress and the figures that judge it; `choices` are those of `Choices`."""
    with working(f"Training a {unit} scorecard on {outcome}") as said:
        from features.facts import Facts
        from training.learning.tendency import Tendency
        from training.learning.tuning import Budget
        from training.material import Choices
        from training.train import train as train_scorecard
        from training.validation.benefit import Economics

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
            progress=said,
        )
    show(result)
    return result


def named(told: Sequence[str] | None, option: str) -> dict[str, str]:
    """Read NAME=TEXT of a repeatable option; InputError where one is not of that form, or a name repeats."""
    found: dict[str, str] = {}
    for one in told or ():
        name, sign, text = one.partition("=")
        if not (sign and name.strip()):
            raise InputError(f"{one!r} is not of the form NAME=TEXT.", where=option)
        if name.strip() in found:
            raise InputError(f"{name.strip()!r} is told twice.", where=option)
        found[name.strip()] = text.strip()
    return found


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
    if result.report is not None:
        out.print(f"validation report: {result.report}", markup=False)


def _figures(told: Mapping[str, Any]) -> str:
    if told["auc"] is None:
        return "  not evaluable"
    interval = f"{told['auc_low']:.3f} – {told['auc_high']:.3f}"
    return f"{told['auc']:>7.3f}  {interval:<15}{told['ks']:>6.3f}{told['brier']:>9.5f}"

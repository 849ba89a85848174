"""`supplier-credit train`: facts and an outcome to a validated candidate scorecard."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.shared.terminal import out
from cli.shared.training_room import TRAINING, require
from cli.shared.training_run import fit
from features.errors import InputError


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
    spine: Annotated[Path | None, typer.Option(help="Cases and terms, in place of the outcome's own.")] = None,
    unit: Annotated[
        Unit, typer.Option(help="request: with the terms of the request; supplier: without.")
    ] = Unit.SUPPLIER,
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

    Contenders from a constant to LightGBM, with the declared monotone constraints, learn on the same folds. Written
    rules propose one; it is calibrated (Platt) and tested on the cases after the split. Rivals that cannot be served
    are measured too. The run is logged to MLflow under <home>. A candidate with failed gates is written as well, and
    names them. The validation report is written in English and Chinese, as HTML and, if Chromium is installed, as PDF.

    First each column alone is tested for a leak: training stops if its AUC is above 0.90, and warns above 0.80. A
    scorecard with outside columns cannot be promoted, because the service does not compute them.

    Examples:

    \b
      supplier-credit train var/facts --outcome loan_default --unit request
      supplier-credit train var/facts --outcome late_delivery --out-of-time-from 2018-01-01
      supplier-credit train var/facts --outcome loan_default --outcome-parameter dpd=60
      supplier-credit train var/facts --outcome loan_default --external bureau.csv --external-spec bureau.toml
    """
    require(TRAINING, "train")
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


def named(pairs: Sequence[str] | None, option: str) -> dict[str, str]:
    """Read NAME=TEXT of a repeatable option; InputError where one is not of that form, or a name repeats."""
    found: dict[str, str] = {}
    for one in pairs or ():
        name, sign, text = one.partition("=")
        if not (sign and name.strip()):
            raise InputError(f"{one!r} is not of the form NAME=TEXT.", where=option)
        if name.strip() in found:
            raise InputError(f"{name.strip()!r} is given twice.", where=option)
        found[name.strip()] = text.strip()
    return found

"""The options of `supplier-credit train`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class UnitKind(StrEnum):
    """What a scorecard scores."""

    SUPPLIER = "supplier"
    REQUEST = "request"


Facts = Annotated[Path, typer.Argument(help="An imported facts folder.")]
Outcome = Annotated[str, typer.Option(help="loan_default, contract_failure, late_delivery or given.")]
Spine = Annotated[Path | None, typer.Option(help="Cases and terms, in place of the outcome's own.")]
Unit = Annotated[UnitKind, typer.Option(help="request: with the terms of the request; supplier: without.")]
Purpose = Annotated[
    list[str] | None,
    typer.Option(help="Purpose it may serve; repeatable [default: contract_loan or history_loan, by unit]."),
]
OutOfTimeFrom = Annotated[
    str | None, typer.Option(help="First date of the test [default: leaves the last 25 % of matured cases].")
]
OutcomeParameter = Annotated[
    list[str] | None,
    typer.Option(help="NAME=VALUE: changes a parameter of the outcome, such as dpd=60; repeatable."),
]
External = Annotated[
    Path | None, typer.Option(help="Columns from outside, such as bureau data: CSV or Parquet, by case_id.")
]
ExternalSpec = Annotated[
    Path | None,
    typer.Option(help="TOML: for each outside column its label, direction, sentences, and the instant it is known."),
]
Without = Annotated[list[str] | None, typer.Option(help="A column to leave out; repeatable.")]
AcceptLeak = Annotated[
    list[str] | None,
    typer.Option(help="NAME=REASON: keep a column that predicts the outcome by itself; recorded; repeatable."),
]
DeclaredWeights = Annotated[
    bool,
    typer.Option(
        "--with-declared-weights/--without-declared-weights",
        help="Whether the expert scorecard, and trees grown on it, take part.",
    ),
]
WithoutOutOfTime = Annotated[
    str | None,
    typer.Option(help="REASON why no test out of time is needed, where none is possible; recorded."),
]
Trials = Annotated[
    int,
    typer.Option(min=2, help="Number of tree shapes to try; Optuna draws those beyond two."),
]
TuneSeconds = Annotated[float | None, typer.Option(min=0, help="Stop trying after this time; the stop is recorded.")]
CentralTendency = Annotated[
    str | None,
    typer.Option(help="RATE=REASON: calibrate probabilities to this bad rate instead of the training's."),
]
Margin = Annotated[
    float | None,
    typer.Option(min=1e-6, max=1, help="Earning on a good case, as a share of its amount [default: 0.03]."),
]
Lgd = Annotated[
    float | None, typer.Option(min=1e-6, max=1, help="Loss on a bad case, as a share of its amount [default: 0.45].")
]
OutDir = Annotated[Path | None, typer.Option("--out", help="The candidate's folder [default: in <home>/runs].")]
Report = Annotated[
    bool, typer.Option("--report/--no-report", help="Write the validation report, under <home>/reports.")
]

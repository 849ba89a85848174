"""`supplier-credit train`: facts and an outcome to a validated candidate scorecard."""

from collections.abc import Sequence

import typer

from cli.shared import train_options as options
from cli.shared.training_room import TRAINING, require
from cli.shared.training_run import fit
from features.errors import InputError

HELP = """Train a scorecard, validate it out of time, and write it as a candidate.

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


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("train", help=HELP)(train)


def train(
    facts: options.Facts,
    outcome: options.Outcome,
    spine: options.Spine = None,
    unit: options.Unit = options.UnitKind.SUPPLIER,
    purpose: options.Purpose = None,
    out_of_time_from: options.OutOfTimeFrom = None,
    outcome_parameter: options.OutcomeParameter = None,
    external: options.External = None,
    external_spec: options.ExternalSpec = None,
    without: options.Without = None,
    accept_leak: options.AcceptLeak = None,
    declared_weights: options.DeclaredWeights = True,
    without_out_of_time: options.WithoutOutOfTime = None,
    trials: options.Trials = 10,
    tune_seconds: options.TuneSeconds = None,
    central_tendency: options.CentralTendency = None,
    margin: options.Margin = None,
    lgd: options.Lgd = None,
    out_dir: options.OutDir = None,
    report: options.Report = True,
):
    """Train a scorecard; print its figures and, on the last line, its folder."""
    require(TRAINING, "train")
    fit(
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
            "declared_weights": declared_weights,
            "without_out_of_time": without_out_of_time or "",
        },
        report=report,
    )


def named(pairs: Sequence[str] | None, option: str) -> dict[str, str]:
    """Read NAME=TEXT of a repeatable option; InputError where one is not of that form, or a name repeats."""
    texts: dict[str, str] = {}
    for pair in pairs or ():
        name, sign, text = pair.partition("=")
        if not (sign and name.strip()):
            raise InputError(f"{pair!r} is not of the form NAME=TEXT.", where=option)
        if name.strip() in texts:
            raise InputError(f"{name.strip()!r} is given twice.", where=option)
        texts[name.strip()] = text.strip()
    return texts

"""`supplier-credit compare`: a candidate and the champion of its purpose on the same cases."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.shared.refusals import refusing
from cli.shared.terminal import out, working
from cli.shared.training_room import TRAINING, require

SENTENCES = {
    "challenger": "The candidate is better: its loss is lower over the whole interval by supplier.",
    "champion": "The champion is better: its loss is lower over the whole interval by supplier.",
    "neither": "Neither is better for sure: the interval of the difference by supplier holds 0 or is not evaluable.",
}


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("compare")(compare)


def compare(
    candidate: Annotated[Path, typer.Argument(help="The candidate's folder.")],
    facts: Annotated[Path, typer.Option(help="An imported facts folder with matured cases.")],
    purpose: Annotated[
        str | None, typer.Option(help="Compare with the champion of this purpose [default: the candidate's first].")
    ] = None,
):
    """Compare a candidate with the champion on the matured cases that neither was fitted on.

    Example:

    \b
      supplier-credit compare var/runs/contract-loan-0123456789 --facts var/facts
    """
    require(TRAINING, "compare")
    with refusing(), working("Scoring the cases with both scorecards"):
        from features.facts.store import Facts
        from features.home import home
        from training.evidence.compare_with_champion import compare_with_champion

        result = compare_with_champion(home(), Facts.open(facts), candidate, purpose=purpose)
    judged = result.challenge
    out.print(f"cases since {result.since}: {judged.champion['n']:,}, {judged.champion['bad']:,} of them bad")
    out.print(f"  {'':12}{'AUC':>7}  {'90 % interval':<15}{'mean PD':>9}{'Brier':>9}")
    for name, figures in (("candidate", judged.challenger), ("champion", judged.champion)):
        out.print(f"  {name:<12}{_figures(figures)}", markup=False)
    out.print(
        f"difference (candidate - champion): AUC {_interval(vars(judged.auc))}, loss {_interval(vars(judged.loss))}"
    )
    out.print(SENTENCES[judged.winner])


def _figures(figures: Mapping[str, Any]) -> str:
    auc, ends = figures["auc"], (figures["auc_low"], figures["auc_high"])
    shown = "–" if auc is None else f"{auc:.3f}"
    interval = "–" if None in ends else f"{ends[0]:.3f} – {ends[1]:.3f}"
    return f"{shown:>7}  {interval:<15}{figures['mean_pd']:>9.2%}{figures['brier']:>9.5f}"


def _interval(interval: Mapping[str, Any]) -> str:
    if interval["value"] is None:
        return "not evaluable"
    if interval["low"] is None:
        return f"{interval['value']:+.4f} (interval not evaluable)"
    return f"{interval['value']:+.4f} ({interval['low']:+.4f} to {interval['high']:+.4f})"

"""`supplier-credit mlflow-sync`: the promotion ledger, copied into MLflow's model registry."""

import typer

from cli.shared.terminal import out, working
from cli.shared.training_room import TRACKING, require


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("mlflow-sync")(mlflow_sync)


def mlflow_sync():
    """Copy the promotion ledger into MLflow's model registry under <home>.

    One registered model a scorecard, one version a release, with the aliases `champion` and `challenger` where the
    ledger has them. Running it again adds nothing. Nothing is read back: an alias moved in MLflow promotes nothing, and
    the next copy restores it.

    Example:

    \b
      supplier-credit mlflow-sync
    """
    from cli.shared.refusals import refusing
    from features.home import home

    require(TRACKING, "mlflow-sync")
    with refusing(), working("Copying the promotion ledger into MLflow"):
        from training.tracking.registry import sync

        synced = sync(home())
    out.print(f"{synced.added} versions added", markup=False)
    for name, aliases in sorted(synced.aliases.items()):
        listed = ", ".join(f"{alias} is version {version}" for alias, version in sorted(aliases.items()))
        out.print(f"{name}: {listed or 'neither champion nor challenger'}", markup=False)

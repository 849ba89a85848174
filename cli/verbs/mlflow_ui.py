"""`supplier-credit mlflow-ui`: MLflow's pages over the runs and scorecards of a home."""

from typing import Annotated

import typer

from cli.shared.training_room import TRACKING, require


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("mlflow-ui")(mlflow_ui)


def mlflow_ui(
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than loopback need --without-password.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 5000,
    without_password: Annotated[
        bool, typer.Option("--without-password", help="Listen where others can reach it; they are asked for nothing.")
    ] = False,
):
    """Show the runs, and the scorecards that `mlflow-sync` copied, on MLflow's own pages until Ctrl-C.

    The pages have no password: everyone who can reach them can read and change every run.

    Example:

    \b
      supplier-credit mlflow-ui --port 5001
    """
    from cli.shared.terminal import err
    from features.home import home

    require(TRACKING, "mlflow-ui")
    from training.tracking.viewer import refuse_exposed, view

    if not without_password:
        refuse_exposed(host)
    # Without the words after the question mark it opens on pages for language models.
    err.print(f"MLflow at http://{host}:{port}/#/experiments?workflowType=machine_learning until Ctrl-C.", markup=False)
    view(home(), host=host, port=port)

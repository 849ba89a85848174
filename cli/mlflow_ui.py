"""`supplier-credit mlflow-ui`: MLflow's pages over the runs and scorecards of a home."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("mlflow-ui")(mlflow_ui)


def mlflow_ui(
    host: Annotated[str, typer.Option(help="Address to listen on; the pages ask for no password.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 5000,
):
    """Show the runs, and the scorecards that `mlflow-sync` copied, on MLflow's own pages until Ctrl-C.

    Example:

    \b
      supplier-credit mlflow-ui --port 5001
    """
    from cli.console import err
    from features.home import home
    from training.viewer import view

    # Without the words after the question mark it opens on pages for language models.
    err.print(f"MLflow at http://{host}:{port}/#/experiments?workflowType=machine_learning until Ctrl-C.", markup=False)
    view(home(), host=host, port=port)

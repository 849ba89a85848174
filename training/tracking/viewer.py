"""MLflow's own pages over our database, on loopback, with nothing switched on that is not looked at."""

import os
import sys
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import NoReturn

from features.errors import InputError
from training.tracking.run import SILENT, artifact_uri, database, store_uri


def view(home: Path, *, host: str, port: int) -> NoReturn:
    """Become MLflow's server over a home's database, until it is told to stop.

    Raises:
        InputError: nothing was logged there.
    """
    if not database(home).is_file():
        raise InputError("No run was logged here yet.", where=str(database(home)), fix="Run `supplier-credit train`.")
    sys.stdout.flush()
    environment = {**os.environ, **switches(host=host, port=port)}
    # In its place, so that Ctrl-C and whatever else stops this process stops that one.
    os.execve(sys.executable, command(home, host=host, port=port), environment)  # noqa: S606


def refuse_exposed(host: str) -> None:
    """Refuse an address that others can reach: whoever does may read and change every run, and no password is asked.

    Raises:
        InputError: the address is not loopback.
    """
    try:
        alone = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        alone = False
    if not alone:
        raise InputError(
            "The pages ask for no password: whoever reaches this address may read and change every run.",
            where=f"--host {host}",
            fix="Leave it away and come through an SSH tunnel, or add --without-password.",
        )


def command(home: Path, *, host: str, port: int) -> list[str]:
    """Return the command line of MLflow's server."""
    return [
        *(sys.executable, "-m", "mlflow", "server"),
        *("--backend-store-uri", store_uri(home), "--registry-store-uri", store_uri(home)),
        # Files are shown from where they lie; the server neither takes nor passes on any.
        *("--no-serve-artifacts", "--default-artifact-root", artifact_uri(home)),
        *("--host", host, "--port", str(port), "--workers", "1"),
        # The pages alone: MLflow's default server adds an assistant that runs commands, a gateway and jobs.
        *("--gunicorn-opts", "--log-level warning --threads 4"),
    ]


def switches(*, host: str, port: int) -> Mapping[str, str]:
    """Return the environment that keeps the server to itself."""
    # By default every private address may name this server; a page from elsewhere must not reach it by such a name.
    names = dict.fromkeys(("127.0.0.1", "localhost", host))
    return {
        **SILENT,
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(f"{name}:{port}" for name in names),
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # on by default
        "MLFLOW_ENABLE_AI_GATEWAY": "false",
        "MLFLOW_DISABLE_AGENT_HINT": "true",
        "PYTHONWARNINGS": "ignore",  # it recommends the other server
    }

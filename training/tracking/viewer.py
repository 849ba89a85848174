"""MLflow's own pages on our database, on loopback, with every other service of MLflow switched off."""

import os
import sys
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import NoReturn

from features.errors import InputError
from training.tracking.run import SILENT, artifact_uri, database, store_uri


def view(home: Path, *, host: str, port: int) -> NoReturn:
    """Replace this process with MLflow's server on a home's database; it runs until it is stopped.

    Raises:
        InputError: no run was logged there.
    """
    if not database(home).is_file():
        raise InputError("No run was logged here yet.", where=str(database(home)), fix="Run `supplier-credit train`.")
    sys.stdout.flush()
    environment = {**os.environ, **switches(host=host, port=port)}
    # exec, so that Ctrl-C and other signals reach the server directly.
    os.execve(sys.executable, command(home, host=host, port=port), environment)  # noqa: S606


def refuse_exposed(host: str) -> None:
    """Refuse an address that other machines can reach: there is no password, and every run can be read and changed.

    Raises:
        InputError: the address is not loopback.
    """
    try:
        alone = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        alone = False
    if not alone:
        raise InputError(
            "The pages have no password: anyone who reaches this address can read and change every run.",
            where=f"--host {host}",
            fix="Omit it and use an SSH tunnel, or add --without-password.",
        )


def command(home: Path, *, host: str, port: int) -> list[str]:
    """Return the command line of MLflow's server."""
    return [
        *(sys.executable, "-m", "mlflow", "server"),
        *("--backend-store-uri", store_uri(home), "--registry-store-uri", store_uri(home)),
        # Files are read from their folder; the server neither receives nor sends any.
        *("--no-serve-artifacts", "--default-artifact-root", artifact_uri(home)),
        *("--host", host, "--port", str(port), "--workers", "1"),
        # The pages alone: MLflow's default server adds an assistant that runs commands, a gateway and jobs.
        *("--gunicorn-opts", "--log-level warning --threads 4"),
    ]


def switches(*, host: str, port: int) -> Mapping[str, str]:
    """Return the environment variables that switch the other services off."""
    # By default every private host name is allowed; a page from another site must not reach the server by such a name.
    names = dict.fromkeys(("127.0.0.1", "localhost", host))
    return {
        **SILENT,
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(f"{name}:{port}" for name in names),
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # on by default
        "MLFLOW_ENABLE_AI_GATEWAY": "false",
        "MLFLOW_DISABLE_AGENT_HINT": "true",
        "PYTHONWARNINGS": "ignore",  # it warns about this server type
    }

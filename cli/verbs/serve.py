"""`supplier-credit serve`: the service, in the foreground until a signal ends it."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("serve")(serve)


def serve(
    facts: Annotated[Path | None, typer.Option(help="Facts for requests with `as_of` [default: <home>/facts].")] = None,
    unapproved: Annotated[
        Path | None,
        typer.Option(help="Serve this candidate for tests; every answer names its failed gates."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; other machines need a proxy with TLS.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 3000,
):
    """Serve the champions of <home> over HTTP (BentoML), one score at a time, each recorded before it is returned.

    The service does not start if a scorecard or the stored profiles have another features_digest than the running code.

    Examples:

    \b
      supplier-credit serve
      supplier-credit serve --unapproved var/runs/late-delivery-1 --facts var/dpwh --port 3001
    """
    from cli.shared.exits import Refused
    from cli.shared.terminal import err
    from features.home import home
    from serving.launch import launch
    from serving.settings import Settings

    settings = Settings(home=home(), facts=facts or home() / "facts", unapproved=unapproved, host=host, port=port)
    code = launch(settings, ready=lambda service: err.print(f"Serving at {service.url} until Ctrl-C.", markup=False))
    if code:
        raise Refused(f"The service ended with code {code}.")

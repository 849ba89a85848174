"""The service for as long as a block lasts: for the demonstration and the benchmarks."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cli.shared.terminal import working

if TYPE_CHECKING:
    from serving.launch import Service


@contextmanager
def served(home: Path, *, facts: Path | None = None, unapproved: Path | None = None) -> Iterator["Service"]:
    """Serve a home on a free port of loopback; its log goes to `<home>/service.log`."""
    from serving.launch import free_port, running
    from serving.settings import Settings

    settings = Settings(home=home, facts=facts or home / "facts", unapproved=unapproved, port=free_port())
    with ExitStack() as stack:
        log = stack.enter_context((home / "service.log").open("ab"))
        with working("Starting the service"):
            service = stack.enter_context(running(settings, output=log))
        yield service

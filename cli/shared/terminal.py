"""Where the command line speaks: answers on stdout, everything about the work on stderr."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

SECONDS_BETWEEN_COUNTS = 5.0  # where progress is written as lines

Report = Callable[..., None]
"""`report(message, share)`: what is being done, and how much of it is done (0 to 1, or unknown)."""


def complain(what: str, *, where: str | None = None, fix: str | None = None) -> None:
    """Print one trouble as what, where, and how to fix it."""
    err.print(f"Error: {what}", style="bold red", markup=False)
    if where:
        err.print(f"  where: {where}", markup=False)
    if fix:
        err.print(f"  fix:   {fix}", markup=False)


@contextmanager
def working(title: str) -> Iterator[Report]:
    """Show that `title` is under way; yields `report(message, share)`.

    On a terminal it is a moving bar; elsewhere a line per message, so that a log shows the progress too.
    """
    started = time.perf_counter()
    if err.is_terminal:
        yield from _bar(title)
    else:
        yield from _lines(title, started)
    err.print(f"✓ {title} [dim]({time.perf_counter() - started:.1f} s)[/dim]")


def _bar(title: str) -> Iterator[Report]:
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn()
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(title, total=None)

        def report(message: str = "", share: float | None = None) -> None:
            description = f"{title}: {message}" if message else title
            progress.update(task, description=description, total=None if share is None else 1.0, completed=share or 0.0)

        yield report


def _lines(title: str, started: float) -> Iterator[Report]:
    printed: set[str] = set()
    spoke = started
    err.print(f"… {title}")

    def report(message: str = "", share: float | None = None) -> None:
        nonlocal spoke
        now = time.perf_counter()
        counting = share is not None and now - spoke < SECONDS_BETWEEN_COUNTS
        if not message or message in printed or counting:
            return
        printed.add(message)
        spoke = now
        err.print(f"  {now - started:6.1f} s  {message}", markup=False)

    yield report


def counting(report: Report) -> Callable[[str, int, int], None]:
    """Return what turns counts into a report: how many are done, how fast, and how long the rest will take."""
    began, first = time.perf_counter(), -1

    def progress(what: str, done: int, total: int) -> None:
        nonlocal first
        seconds = time.perf_counter() - began
        if first < 0:
            first = done  # what an earlier run has done says nothing of today's speed
        rate = (done - first) / seconds
        text = f"{done:,} of {total:,} {what}"
        if rate:
            text += f", {rate:,.0f} a second, {(total - done) / rate:,.0f} s left"
        report(text, done / total if total else None)

    return progress

"""One import, with its progress and what became of its rows."""

from pathlib import Path
from typing import Any

from cli.shared.terminal import out, working


def bring_in(source: Path, into: Path, *, source_format: str | None = None, **options: Any) -> Any:
    """Import one source with progress, print what became of its rows, and return the summary."""
    from features.importing.import_facts import import_facts

    given = {name: value for name, value in options.items() if value is not None}
    with working(f"Importing {source}") as report:
        summary = import_facts(
            source, into, format=source_format, progress=lambda step, done, of: report(step, done / of), **given
        )
    for line in summary.lines():
        out.print(line, markup=False)
    return summary

"""What a validation found of a scorecard, for whoever signs for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.shared.terminal import err

UNTOLD = "Validation: validation.json gives no verdict."


def show_verdict(home: Path, folder: Path, digest: str) -> None:
    """Print the overall verdict, every high finding, and where the report is, for whoever signs."""
    from models.canonical_json import read_canonical
    from models.scorecard.folder import read_folder

    validation = read_canonical(read_folder(folder, digest=digest).content["validation.json"])
    report = report_of(home, digest)
    where = f"Report: {report}" if report else f"Report: none of it in {home / 'reports'}."
    for line in (*sentences(validation), where):
        err.print("".join(c if c.isprintable() else "?" for c in line), markup=False)


def sentences(validation: Any) -> Iterator[str]:
    """Say what validation.json concludes; of declared weights, which nothing was tried on, it concludes nothing."""
    try:
        yield f"Validation: {validation['verdict']['text']['en']}"
        for finding in validation["findings"]:
            if finding["severity"] == "high":
                yield f"  high: {finding['text']['en']} {finding['mend']['en']}."
    except (KeyError, TypeError):
        yield UNTOLD


def report_of(home: Path, digest: str) -> Path | None:
    """Find the report that tells of a scorecard, by its digest; None where none does."""
    pages = sorted((home / "reports").glob("*/report.en.html"))
    return next((page for page in pages if digest in page.read_text("utf-8", "replace")), None)

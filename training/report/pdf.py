"""PDF: a page printed by the system's Chromium, where there is one."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
SECONDS_MAX = 120


def browser() -> str | None:
    """The Chromium to print with: `$CHROMIUM`, or the first of the usual names; None where there is none."""
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        if name and (found := shutil.which(name)):
            return found
    return None


def print_pdf(html: Path, pdf: Path, *, chromium: str) -> str:
    """Print a page; return why it could not be done, empty where it was. Never raises: a report is whole without."""
    with tempfile.TemporaryDirectory(prefix="supplier-credit-") as profile:
        command = [
            chromium,
            "--headless",
            "--no-sandbox",  # it prints our own page, which has no script and loads nothing
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            f"--user-data-dir={profile}",
            "--no-pdf-header-footer",
            f"--print-to-pdf={pdf.resolve()}",
            html.resolve().as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{Path(chromium).name} could not print it: {type(error).__name__}."
    if done.returncode or not pdf.is_file():
        return f"{Path(chromium).name} could not print it (exit code {done.returncode})."
    return ""

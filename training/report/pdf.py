"""PDF: a page printed by the system's Chromium, where there is one, without a word to anybody.

A browser asks its maker for updates, lists and settings as it starts. What a lender prints is nobody's business, so it
is told not to, has nobody to ask, and runs where there is no network at all, if the system can make such a place.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
SECONDS_MAX = 120
ALONE = ("unshare", "--map-root-user", "--net")  # a network namespace of its own, in which there is nothing
ALONE_SECONDS_MAX = 10
SILENT = (
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--metrics-recording-only",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
    # Whatever asks all the same finds no name, and behind the proxy nobody listens.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",
)


def browser() -> str | None:
    """The Chromium to print with: `$CHROMIUM`, or the first of the usual names; None where there is none."""
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        if name and (found := shutil.which(name)):
            return found
    return None


def alone() -> tuple[str, ...]:
    """What runs a command without a network; nothing where this system has no such thing, or does not allow it."""
    try:
        done = subprocess.run([*ALONE, "true"], capture_output=True, timeout=ALONE_SECONDS_MAX, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return () if done.returncode else ALONE


def print_pdf(html: Path, pdf: Path, *, chromium: str) -> str:
    """Print a page; return why it could not be done, empty where it was. Never raises: a report is whole without."""
    with tempfile.TemporaryDirectory(prefix="supplier-credit-") as profile:
        command = [
            *alone(),
            chromium,
            "--headless",
            "--no-sandbox",  # it prints our own page, which has no script and loads nothing
            "--disable-gpu",
            "--disable-dev-shm-usage",
            *SILENT,
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

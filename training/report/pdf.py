"""PDF: print a page with the system's Chromium, if it is installed, without network access.

At start a browser asks its maker for updates, lists and settings. A lender's report must not cause such requests:
options switch them off, no name can be resolved, and the browser runs in a network namespace without any network, if
the system allows one.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
SECONDS_MAX = 120
ALONE = ("unshare", "--map-root-user", "--net")  # a network namespace of its own, without interfaces
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
    # A request that is sent nevertheless resolves no name, and no process listens at the proxy's address.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",
)


def browser() -> str | None:
    """Path of the Chromium to print with: `$CHROMIUM`, or the first of the usual names; None if none is installed."""
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        if name and (path := shutil.which(name)):
            return path
    return None


def alone() -> tuple[str, ...]:
    """The prefix that runs a command without a network; empty if this system cannot do it or does not allow it."""
    try:
        done = subprocess.run([*ALONE, "true"], capture_output=True, timeout=ALONE_SECONDS_MAX, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return () if done.returncode else ALONE


def print_pdf(html: Path, pdf: Path, *, chromium: str) -> str:
    """Print a page; return the reason of a failure, or an empty text. Never raises, because the PDF is optional."""
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

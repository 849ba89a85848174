"""The command line in this process: for tests of what it says, where the process itself is not the point."""

import contextlib
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.main import run


@dataclass(frozen=True)
class Done:
    """How a command ended, as `subprocess.CompletedProcess` names it."""

    returncode: int
    stdout: str
    stderr: str


def command(*words: object, home: Path, folder: Path | None = None, **variables: str) -> Done:
    """Run `supplier-credit` with these words, this home and no other setting of the project, from a folder."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patched:
        for name in [name for name in os.environ if name.startswith("SUPPLIER_CREDIT_")]:
            patched.delenv(name)
        for name, value in {"SUPPLIER_CREDIT_HOME": str(home), "COLUMNS": "200", **variables}.items():
            patched.setenv(name, value)
        patched.setattr(sys, "argv", ["supplier-credit", *map(str, words)])
        if folder:
            patched.chdir(folder)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                run()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(bool(end.code))
    return Done(code, out.getvalue(), err.getvalue())

"""The origin of a candidate; not part of its digest, because it differs from run to run."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def provenance(run_id: str) -> dict[str, Any]:
    """Time, run, commit and kind of machine."""
    return {
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "run_id": run_id,
        "commit": commit(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "threads": os.environ.get("OMP_NUM_THREADS", ""),
    }


def commit() -> str | None:
    """The commit of the running code, marked where files differ from it; None outside a repository."""
    try:
        result = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:  # no git here
        return None
    return result.stdout.strip() or None

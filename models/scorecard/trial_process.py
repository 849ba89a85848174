"""Running a function in a child process with limits on time and memory."""

import os
import subprocess
import sys
from pathlib import Path

SECONDS_MAX = 60
MEMORY_BYTES_MAX = 4 * 2**30

# The child is spared the imports that LightGBM makes for uses that are not needed here (2 s).
_CHILD = """
import sys
sys.modules.update(dict.fromkeys(("pandas", "sklearn", "matplotlib", "dask", "pyarrow")))
sys.path.insert(0, {root!r})
from models.scorecard.trial_process import limit_and_call
limit_and_call({function!r}, {memory}, {seconds})
"""


def run(function: str, stdin: bytes) -> str | None:
    """Call a function without arguments in a child process; return None, or in words how the child failed.

    Args:
        function: `module:name`; it reads its input from standard input, and ends the process with a text on a fault.
        stdin: the bytes of the child's standard input.
    """
    root = str(Path(__file__).resolve().parents[2])
    code = _CHILD.format(root=root, function=function, memory=MEMORY_BYTES_MAX, seconds=max(1, int(SECONDS_MAX)))
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", code],
            input=stdin,
            capture_output=True,
            timeout=SECONDS_MAX,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        return f"was not loaded within {SECONDS_MAX} s in a trial process."
    if done.returncode != 0:
        stderr = done.stderr.decode(errors="replace").strip().splitlines()
        last_line = stderr[-1] if stderr else "no message"
        return f"did not load in a trial process (exit {done.returncode}): {last_line}."
    return None


def limit_and_call(function: str, memory_bytes: int, seconds: int) -> None:
    """Limit this process, then call `module:name`. Runs in the child."""
    import importlib
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    module, name = function.split(":")
    getattr(importlib.import_module(module), name)()

"""Processes: told in words by which a later one on the same machine knows whether they still run."""

import os
from pathlib import Path

PROC = Path("/proc")


def this_process() -> str:
    """Say which process this is: boot and namespace, number, start; nothing where the system does not tell them."""
    try:
        return f"{_machine()} {os.getpid()} {_started(os.getpid())}"
    except OSError:
        return ""


def is_gone(process: str) -> bool:
    """Whether a process is known to have ended; False where nobody here can know, as of another machine's."""
    try:
        machine = _machine()
    except OSError:
        return False
    *where, number, started = process.split(" ") if process.count(" ") > 1 else ("", "", "")
    if " ".join(where) != machine or not number.isdigit():
        return False
    try:
        return _started(int(number)) != started
    except (FileNotFoundError, ProcessLookupError):
        return True
    except OSError:
        return False


def _machine() -> str:
    """What the numbers of processes mean anything in: this boot of this kernel, and in it the namespace."""
    boot = (PROC / "sys" / "kernel" / "random" / "boot_id").read_text("ascii").strip()
    return f"{boot} {os.readlink(PROC / 'self' / 'ns' / 'pid')}"


def _started(number: int) -> str:
    """When a process started, in ticks since the boot; `ended` where it only waits to be reaped."""
    # After the name, which is in brackets and may hold anything: the state is field 3, the start field 22.
    fields = (PROC / str(number) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    return "ended" if fields[0] in "ZX" else fields[19]

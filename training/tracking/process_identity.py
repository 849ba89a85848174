"""Process identity: a text by which a later process on the same machine knows whether this one still runs."""

import os
from pathlib import Path

PROC = Path("/proc")


def this_process() -> str:
    """Return this process's identity: boot and namespace, number, start; empty where the system does not give them."""
    try:
        return f"{_machine()} {os.getpid()} {_started(os.getpid())}"
    except OSError:
        return ""


def is_gone(process: str) -> bool:
    """Whether a process is known to have ended; False where it cannot be known, as for another machine's process."""
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
    """The scope of process numbers: this boot of this kernel, and the process namespace in it."""
    boot = (PROC / "sys" / "kernel" / "random" / "boot_id").read_text("ascii").strip()
    return f"{boot} {os.readlink(PROC / 'self' / 'ns' / 'pid')}"


def _started(number: int) -> str:
    """When a process started, in ticks since the boot; `ended` where it is a zombie."""
    # After the name, which is in brackets and may hold anything: the state is field 3, the start field 22.
    fields = (PROC / str(number) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    return "ended" if fields[0] in "ZX" else fields[19]

"""The service as a child process, for as long as a block lasts."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from cli.console import working
from cli.exits import Refused

READY_S = 60.0
STOP_S = 30.0


class Served:
    """`supplier-credit serve` on a free port of loopback; its log goes to `<home>/service.log`."""

    def __init__(self, home: Path, *, facts: Path | None = None, unapproved: Path | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._home, self._log = home, home / "service.log"
        options = [
            *(("--facts", str(facts)) if facts else ()),
            *(("--unapproved", str(unapproved)) if unapproved else ()),
        ]
        self._command = [sys.executable, "-m", "cli.main", "serve", "--port", str(self.port), *options]

    def __enter__(self) -> Self:
        # The same program as this one, from wherever it was started.
        path = os.pathsep.join(filter(None, [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")]))
        env = os.environ | {"SUPPLIER_CREDIT_HOME": str(self._home), "PYTHONPATH": path}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            with working("Starting the service"):
                self._wait_until_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def wait(self) -> None:
        """Stay until the service ends."""
        self._process.wait()

    def _wait_until_ready(self) -> None:
        import httpx

        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise Refused(f"The service did not start:\n{self._last_lines()}")
            try:
                if httpx.get(f"{self.url}/readyz", trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise Refused(f"The service was not ready within {READY_S:.0f} s:\n{self._last_lines()}")

    def _last_lines(self) -> str:
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

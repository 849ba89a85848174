"""Starting the service: BentoML in a child process, watched until it is ready, stopped with SIGTERM."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import IO, Any, Final

from features.errors import InputError
from serving.settings import Settings

READY_SECONDS_MAX: Final = 180.0
STOP_SECONDS_MAX: Final = 20
LOOK_SECONDS: Final = 0.1
MALLOC: Final = "glibc.malloc.tcache_max=65536:glibc.malloc.tcache_count=2000"
"""GLIBC_TUNABLES of the service: a profile from facts takes thousands of small vectors and gives them back at once.

Kept by the thread instead of returned to the heap each time, they take a quarter off its time.
"""


class Service:
    """A running service and the processes behind it."""

    def __init__(self, settings: Settings, child: "subprocess.Popen[bytes]") -> None:
        self.settings, self._child = settings, child

    @property
    def url(self) -> str:
        """Where it listens."""
        host = self.settings.host
        return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{self.settings.port}"  # noqa: S104

    @property
    def pid(self) -> int:
        """The supervisor's process id; its process group is the whole tree."""
        return self._child.pid

    def wait(self) -> int:
        """Return the exit status once the service has ended."""
        return self._child.wait()

    def stop(self) -> int:
        """Ask the tree to finish what it is answering and leave; insist if it does not."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                return self._child.wait(STOP_SECONDS_MAX + 5)
        self._kill()
        return self._child.wait()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)


@contextmanager
def running(
    settings: Settings, *, tick: Callable[[], None] = lambda: None, output: IO[bytes] | None = None
) -> Iterator[Service]:
    """Start the service, yield it once it is ready, and stop it at the end.

    Args:
        settings: where its state is and where it listens.
        tick: called while waiting, to show progress.
        output: where its log goes (default: where ours goes).

    Raises:
        InputError: it refused to start; the message says why.
    """
    _check_port(settings)
    with tempfile.TemporaryDirectory(prefix="supplier-credit-") as folder:
        settings = replace(settings, refusal=Path(folder) / "refused", launcher=os.getpid())
        service = Service(settings, _spawn(settings, output))
        try:
            _await_ready(service, tick)
            yield service
        finally:
            service.stop()


def launch(settings: Settings, *, ready: Callable[[Service], None] = lambda _: None) -> int:
    """Run the service in the foreground until it is asked to stop; return its exit status."""
    with _terminable(), running(settings) as service:
        ready(service)
        try:
            return service.wait()
        except KeyboardInterrupt:
            return service.stop()


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the foreground as Ctrl-C does, so that the child is stopped and not killed."""

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def free_port() -> int:
    """Return a free port of the loopback interface."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _spawn(settings: Settings, output: IO[bytes] | None) -> "subprocess.Popen[bytes]":
    root = Path(__file__).resolve().parents[1]
    env = {"GLIBC_TUNABLES": MALLOC} | os.environ | settings.to_env()
    env |= {"BENTOML_DO_NOT_TRACK": "true", "OMP_NUM_THREADS": "1"}
    env |= {"BENTOML_HOME": str((settings.home / "bentoml").resolve())}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    Path(env["BENTOML_HOME"]).mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "bentoml", "serve", "serving.service:SupplierCredit", "--working-dir", str(root)]
    command += ["--host", settings.host, "--port", str(settings.port)]
    command += ["--timeout-graceful-shutdown", str(STOP_SECONDS_MAX)]
    # A session of its own: Ctrl-C reaches only the launcher, which then stops the process tree.
    streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
    return subprocess.Popen(command, env=env, start_new_session=True, **streams)


def _await_ready(service: Service, tick: Callable[[], None]) -> None:
    refusal, deadline = service.settings.refusal, time.monotonic() + READY_SECONDS_MAX
    while not _ready(service.settings):
        if refusal is not None and refusal.exists():
            time.sleep(LOOK_SECONDS)  # Until it is written whole.
            raise InputError(**json.loads(refusal.read_text(encoding="utf-8")))
        if service._child.poll() is not None or time.monotonic() > deadline:
            raise InputError("The service did not start.", fix="Its own messages are above.")
        tick()
        time.sleep(LOOK_SECONDS)


def _ready(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104
    connection = HTTPConnection(host, settings.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _check_port(settings: Settings) -> None:
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host, settings.port))
    except OSError as error:
        raise _unusable(settings, error) from error


def _unusable(settings: Settings, error: OSError) -> InputError:
    if error.errno == errno.EADDRINUSE:
        return InputError(f"Port {settings.port} is taken.", where=settings.host, fix="Choose another with --port.")
    if error.errno == errno.EACCES:
        return InputError(
            f"This user may not listen on port {settings.port}.", where=settings.host, fix="Choose one above 1023."
        )
    return InputError(
        "This machine cannot listen there.", where=settings.host, fix="Give --host one of its own IPv4 addresses."
    )

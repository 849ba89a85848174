"""kill -9 loses no acknowledged score, duplicates none, and leaves a chain that verifies."""

import asyncio
import json
import multiprocessing
import random
import signal
import socket
import sqlite3
import threading
import time
import uuid
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest

from ledger.database import ledger_file, prepare_ledger
from ledger.verify import verify
from serving.launch import running
from tests.counts import count
from tests.waiting import GUARD_SECONDS

pytestmark = pytest.mark.slow

WRITER_KILLS = count(12, 50)
TREE_KILLS = count(2, 5)
TERMS = {"amount": "66000.00", "currency": "CNY", "days": 90}


class Clients:
    """Callers that post without pause and remember what was acknowledged; an unanswered request is repeated."""

    def __init__(self, number: int) -> None:
        self.acknowledged: dict[str, bytes] = {}  # idempotency key → answer
        self.repeated = 0
        self._number, self._unanswered = number, list[str]()

    def press(self, post, kill, *, answers: int) -> None:
        """Post from several threads; once so many answers have come, kill; return when every thread has seen it."""
        began = len(self.acknowledged)
        threads = [threading.Thread(target=self._press, args=(post,)) for _ in range(self._number)]
        for thread in threads:
            thread.start()
        end = time.monotonic() + GUARD_SECONDS
        while len(self.acknowledged) < began + answers and any(t.is_alive() for t in threads):
            assert time.monotonic() < end, "the service does not answer"
            time.sleep(0.001)
        kill()
        for thread in threads:
            thread.join()

    def _press(self, post) -> None:
        while True:
            key = self._unanswered.pop() if self._unanswered else uuid.uuid4().hex
            try:
                answer, replayed = post(key)
            except (OSError, ValueError, httpx.HTTPError):
                self._unanswered.append(key)
                return
            self.repeated += replayed
            assert self.acknowledged.setdefault(key, answer) == answer


def recorded(home: Path) -> list[bytes]:
    connection = sqlite3.connect(ledger_file(home))
    try:
        return [row[0] for row in connection.execute("SELECT answer FROM scores")]
    finally:
        connection.close()


def hold_to_promise(home: Path, clients: Clients) -> None:
    answers = recorded(home)
    assert len(set(answers)) == len(answers), "a score was recorded twice"
    assert set(clients.acknowledged.values()) <= set(answers), "an acknowledged score is lost"
    keys = sqlite3.connect(ledger_file(home)).execute("SELECT count(*) FROM idempotency").fetchone()[0]
    assert keys == len(answers)
    assert verify(ledger_file(home)).intact


def serve_writer(home: str, port: int) -> None:
    """A bare uvicorn process around the ledger's writer, made to be killed."""
    import uvicorn

    from ledger.writer import Ask, ScoreRecord, Writer

    writer = Writer(ledger_file(Path(home)))

    async def app(scope, receive, send):
        key = (await receive())["body"].decode()
        answer = json.dumps({"key": key, "score_id": uuid.uuid4().hex}).encode()
        entry = ScoreRecord(Ask.of("bank", key, b"{}"), uuid.uuid4().hex, b"{}", b"x" * 1000, answer)
        outcome = await writer.record(entry)
        headers = [(b"content-length", b"%d" % len(outcome.answer)), (b"replayed", b"%d" % outcome.replayed)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": outcome.answer})

    config = uvicorn.Config(app, host="127.0.0.1", port=port, lifespan="off", log_level="critical")
    asyncio.run(uvicorn.Server(config).serve())


def test_kills_of_the_writer_lose_no_acknowledged_score(tmp_path):
    prepare_ledger(tmp_path)
    clients, seed = Clients(4), random.Random(2)
    # A server of forks that has imported everything: each round starts in a moment.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["uvicorn", "uvicorn.protocols.http.h11_impl", "ledger.writer"])
    for _ in range(WRITER_KILLS):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = context.Process(target=serve_writer, args=(str(tmp_path), port), daemon=True)
        process.start()
        await_port(port)
        clients.press(
            writer_post(port), lambda p=process: kill_after(p.pid, seed.random() * 0.03), answers=seed.randint(1, 20)
        )
        process.join()
        assert process.exitcode == -signal.SIGKILL
    assert len(clients.acknowledged) > 2 * WRITER_KILLS
    hold_to_promise(tmp_path, clients)


def writer_post(port: int):
    def post(key: str) -> tuple[bytes, bool]:
        # A new connection each time: none outlives its server.
        with socket.create_connection(("127.0.0.1", port), timeout=GUARD_SECONDS) as connection:
            head = f"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(key)}\r\n\r\n{key}"
            connection.sendall(head.encode())
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        head, _, content = answer.partition(b"\r\n\r\n")
        json.loads(content)  # ValueError where it was cut short
        return content, b"replayed: 1" in head

    return post


def await_port(port: int) -> None:
    end = time.monotonic() + GUARD_SECONDS
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=GUARD_SECONDS).close()
        except OSError:
            time.sleep(0.005)
        else:
            return
    pytest.fail("the writer's process did not start")


def kill_after(pid: int, seconds: float) -> None:
    time.sleep(seconds)
    psutil.Process(pid).kill()


def test_kills_of_the_whole_tree_lose_no_acknowledged_score(deployment):
    clients, seed = Clients(4), random.Random(3)
    suppliers = deployment.suppliers
    for _ in range(TREE_KILLS):
        with running(deployment.settings(facts=deployment.home / "none")) as service:
            kill = partial(kill_tree, service.pid, seed.random() * 0.05)
            post = service_post(service.url, deployment.keys["bank"], suppliers)
            clients.press(post, kill, answers=seed.randint(10, 60))
    hold_to_promise(deployment.home, clients)
    with running(deployment.settings(facts=deployment.home / "none")) as service:
        post = service_post(service.url, deployment.keys["bank"], suppliers)
        for key, answer in list(clients.acknowledged.items())[:50]:
            assert post(key) == (answer, True)


def service_post(url: str, secret: str, suppliers: list[str]):
    def post(key: str) -> tuple[bytes, bool]:
        body = {"supplier_id": suppliers[int(key, 16) % len(suppliers)], "purpose": "contract_loan", "request": TERMS}
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": key}
        response = httpx.post(f"{url}/v1/scores", json=body, headers=headers, timeout=GUARD_SECONDS, trust_env=False)
        assert response.status_code == 200, response.text
        return response.content, "idempotency-replayed" in response.headers

    return post


def kill_tree(pid: int, seconds: float) -> None:
    """Kill the supervisor and its worker at once, as a power cut would."""
    time.sleep(seconds)
    supervisor = psutil.Process(pid)
    for process in [supervisor, *supervisor.children(recursive=True)]:
        process.kill()

"""Closed-loop HTTP/1.1 clients over keep-alive on loopback: each sends its next request when the last is answered.

Run as its own process, so that the generator's garbage collections and the service's never share one interpreter:

    python benchmarks/closed_loop.py JOB.json     # prints one JSON line of latencies and statuses
"""

import asyncio
import gc
import itertools
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

KEPT_ONE_IN = 23


def requests(job: dict[str, Any], seed: int) -> Iterator[bytes]:
    """Yield requests without end: a supplier drawn uniformly, fresh terms, a new idempotency key."""
    draw = random.Random(seed)
    suppliers, buyers = Path(job["suppliers"]).read_text(encoding="utf-8").split("\n"), job["buyers"]
    head = f"POST {job['path']} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Bearer {job['key']}\r\n"
    for number in itertools.count():
        terms = {"amount": f"{draw.randrange(10_000, 200_000)}.00", "currency": job["currency"]}
        terms |= {"days": draw.randrange(30, 181), "buyer_id": draw.choice(buyers)}
        body = {"supplier_id": draw.choice(suppliers), "purpose": "contract_loan", "request": terms}
        if job["as_of"]:
            body["as_of"] = draw.choice(job["as_of"])
        sent = json.dumps(body, separators=(",", ":")).encode()
        fresh = f"Idempotency-Key: {job['run']}-{seed}-{number}\r\n"
        yield f"{head}{fresh}Content-Length: {len(sent)}\r\n\r\n".encode() + sent


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[int, bytes]:
    """Send one request and read its answer whole."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    lowered = head.lower()
    at = lowered.index(b"content-length:") + 15
    body = await reader.readexactly(int(lowered[at : lowered.index(b"\r", at)]))
    if b"idempotency-replayed" in lowered:
        raise RuntimeError("an answer was replayed: the keys are not new")
    return int(head[9:12]), body


def verdict(body: bytes) -> str:
    """A score with its reasons, a refusal to score with its code, or neither of the two."""
    if b'"reasons":{' in body and b'"points":' in body:
        return "scored"
    return "not scorable" if b'"status":"not_scorable"' in body else "broken"


async def client(job: dict[str, Any], seed: int, until: float, seen: list[tuple[float, float, int, str]], keep: list):
    """Ask until the time is over; note when each answer came, how long it took, its status and its verdict."""
    reader, writer = await asyncio.open_connection("127.0.0.1", job["port"])
    for request in requests(job, seed):
        started = time.perf_counter()
        if started > until:
            break
        status, body = await exchange(reader, writer, request)
        ended = time.perf_counter()
        seen.append((ended, ended - started, status, verdict(body)))
        if len(seen) % KEPT_ONE_IN == 1:
            keep.append(body.decode("utf-8", "replace"))
    writer.close()


async def run(job: dict[str, Any]) -> dict[str, Any]:
    """Warm up, then measure; the warm-up's answers are not counted."""
    keep: list[str] = []
    await drive(job, job["warm_up_s"], 10_000, [])
    gc.collect()
    gc.freeze()
    gc.disable()
    started = time.perf_counter()
    seen = await drive(job, job["seconds"], 0, keep)
    took = max(ended for ended, *_ in seen) - started
    return {
        "seconds": took,
        "latencies_ms": [1000 * latency for _, latency, _, _ in seen],
        "statuses": Counter(str(status) for _, _, status, _ in seen),
        "verdicts": Counter(verdict for *_, verdict in seen),
        "kept": keep,
    }


async def drive(job: dict[str, Any], seconds: float, seeds: int, keep: list) -> list[tuple[float, float, int, str]]:
    """Run the clients side by side for `seconds`."""
    seen: list[tuple[float, float, int, str]] = []
    until = time.perf_counter() + seconds
    await asyncio.gather(*(client(job, job["seed"] + seeds + n, until, seen, keep) for n in range(job["clients"])))
    return seen


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))))

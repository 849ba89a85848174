"""What every released version answered, and the ledger file it left: made once at a release, replayed ever after.

python tests/released/released.py v1     # writes tests/released/v1/; run it at a release, never again for that version
"""

import asyncio
import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SHIPPED = ROOT / "models" / "releases" / "sandbox-history-loan"
AS_OF = "2026-01-01"


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, as JSON."""

    method: str
    path: str
    body: Any
    status: int
    answer: Any

    def to_json(self) -> str:
        return json.dumps(self.__dict__, ensure_ascii=False, sort_keys=True)


def make_home(home: Path) -> str:
    """Make a deployment of the example facts and the shipped scorecard; return a bank's key."""
    from features.facts.store import Facts
    from features.fleet.write_fleet import default_as_of, write_fleet
    from features.importing.import_facts import import_facts
    from ledger.keys import create_key
    from tests.promoting import promote

    import_facts(ROOT / "examples" / "facts", home / "facts")
    facts = Facts.open(home / "facts")
    write_fleet(facts, default_as_of(facts), home / "profiles")
    promote(home, SHIPPED)
    return create_key(home, tenant="released-bank", role="bank").secret


def suppliers(home: Path) -> list[str]:
    """The suppliers of the stored profiles, in the order of their ids."""
    import numpy as np

    (folder,) = (home / "profiles").glob("fleet-*")
    return [name.decode() for name in np.load(folder / "ids.npy")]


def requests(home: Path) -> list[tuple[str, str, Any]]:
    """The requests of the corpus: scores, what may be read, and refusals."""
    history = [{"supplier_id": name, "purpose": "history_loan"} for name in suppliers(home)[:8]]
    scores = [*history, {"supplier_id": "91990000000000000X", "purpose": "history_loan", "client_reference": "file 7"}]
    refused = [
        {"purpose": "history_loan"},
        {"supplier_id": "x", "purpose": "contract_loan"},
        {"supplier_id": "x", "purpose": "history_loan", "as_of": "2999-01-01"},
        {"supplier_id": "x", "purpose": "history_loan", "colour": "green"},
    ]
    read = [
        f"/v1/suppliers/{suppliers(home)[0]}/profile",
        "/v1/scorecard?purpose=history_loan",
        "/v1/scores/sc_missing",
    ]
    return [("POST", "/v1/scores", body) for body in (*scores, *refused)] + [("GET", path, None) for path in read]


def exchange(home: Path, key: str, wanted: list[tuple[str, str, Any]]) -> list[Exchange]:
    """Ask the service of a home, in this process."""
    from serving.app import create_app
    from serving.http.middleware import Outermost
    from serving.settings import Settings

    async def ask() -> list[Exchange]:
        app = create_app(Settings(home=home, facts=home / "facts", port=0))
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(Outermost(app))
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as http:
                http.headers["Authorization"] = f"Bearer {key}"
                exchanges = []
                for number, (method, path, body) in enumerate(wanted):
                    headers = {"Idempotency-Key": f"released-{number}"} if method == "POST" else {}
                    answer = await http.request(method, path, json=body, headers=headers)
                    exchanges.append(Exchange(method, path, body, answer.status_code, answer.json()))
                return exchanges

    return asyncio.run(ask())


def main(version: str) -> None:
    """Write the corpus of a version; it must not exist yet."""
    from ledger.database import ledger_file

    folder = HERE / version
    folder.mkdir()
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "home"
        key = make_home(home)
        exchanges = exchange(home, key, requests(home))
        (folder / "answers.jsonl").write_text("".join(f"{e.to_json()}\n" for e in exchanges), encoding="utf-8")
        shutil.copy(ledger_file(home), folder / "ledger.sqlite")
    print(f"{folder}: {len(exchanges)} requests with their answers, and the ledger file")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main(sys.argv[1])

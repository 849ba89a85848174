"""The least a scorer can be: bare uvicorn, one supplier's profile in, score and contributions out.

No keys, no validation beyond parsing, no idempotency, no ledger, no identity of the case. It shows what the promises
of the real service cost, in the same run and from the same scorecard and profiles:

    python benchmarks/bare.py HOME PORT
"""

import gc
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from features.declarations.catalogue import column
from features.declarations.request_formulas import request_values
from features.profiles.build import one_request
from models.promotion.champions import champion
from models.scorecard.scorecard import Scorecard


class Scorer:
    """The champion for contract loans over the stored profiles of one home."""

    def __init__(self, home: Path) -> None:
        served = champion(home, "contract_loan")
        assert served is not None, "no champion: build the home first"
        self.scorecard = Scorecard.open(served.folder, digest=served.digest)
        profiles = home / "profiles"
        folder = profiles / json.loads((profiles / "current.json").read_text())["folder"]
        self.stored = tuple(json.loads((folder / "manifest.json").read_text())["columns"])
        self.ids = np.load(folder / "ids.npy")
        self.matrix = np.load(folder / "matrix.npy", mmap_mode="r")
        self.asked = [c for c in map(column, self.scorecard.columns) if c.feature.table == "request"]

    def answer(self, body: bytes) -> bytes:
        """Score one request."""
        sent = json.loads(body)
        wanted = sent["supplier_id"].encode()
        row = int(np.searchsorted(self.ids, wanted))
        if row == len(self.ids) or self.ids[row] != wanted:
            return b'{"status":"not_scorable"}'
        profile = {name: self.matrix[row, i : i + 1] for i, name in enumerate(self.stored)}
        profile |= request_values(self.asked, one_request(sent["request"]), profile, 1)
        values = np.array([profile[name][0] for name in self.scorecard.columns])
        result = self.scorecard.score(values, {name: value[0] for name, value in profile.items()})
        answer = {"status": result.status, "supplier": result.supplier}
        return json.dumps(answer, separators=(",", ":")).encode()


def application(scorer: Scorer) -> Any:
    """Return the ASGI application around a scorer."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for _ in range(2):
                event = (await receive())["type"]
                await send({"type": f"{event}.complete"})
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        content = scorer.answer(body)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return app


if __name__ == "__main__":
    import uvicorn

    served = application(Scorer(Path(sys.argv[1])))
    gc.collect()
    gc.freeze()
    uvicorn.run(served, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)

"""`supplier-credit demo`: all steps on a sandbox market, then four requests to the running service."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Container
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.shared.terminal import err, out, working
from cli.shared.training_room import SANDBOX, TRAINING, require
from cli.verbs.score import Lang

HOME = Path("var/demo")
DAYS = 90
GOOD_SHARE, POOR_SHARE = 0.95, 0.05  # of the scored fleet, from the riskiest up


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("demo")(demo)


def demo(
    data: Annotated[Path | None, typer.Option(help="Your own folder of facts instead of a sandbox market.")] = None,
    keep: Annotated[
        bool | None, typer.Option("--keep/--no-keep", help="Keep serving until Ctrl-C [default: on a terminal].")
    ] = None,
    suppliers: Annotated[int, typer.Option(min=200, help="Suppliers of the sandbox market.")] = 20_000,
    lang: Annotated[Lang, typer.Option(help="Language of the reasons.")] = Lang.EN,
):
    """Make a market, import, profile, train and promote both units, serve, and request four scores.

    Everything is under var/demo and is made anew by each run. The two people are invented, and their names say so: one
    proposes, the other approves. A demonstration key requests the scores.

    Example:

    \b
      supplier-credit demo --no-keep --lang zh
    """
    from cli.shared.demo_steps import Start, champions_of, facts_of, key_of

    require((*SANDBOX, *TRAINING), "demo")
    home = HOME.resolve()
    refuse_served(home)
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    os.environ["SUPPLIER_CREDIT_HOME"] = str(home)
    started = time.perf_counter()
    facts = facts_of(Start(data=data, suppliers=suppliers), home)
    from cli.verbs.profile import store_fleet

    fleet, manifest = store_fleet(facts)
    spine = data / "spine.csv" if data is not None else None
    champions_of(facts, home, spine=spine if spine is not None and spine.is_file() else None)
    tenant, key = key_of(home, manifest)
    questions = choose(home, fleet, manifest)
    if data is not None and (suspected := suspected_supplier(fleet, manifest)):
        body = {"supplier_id": suspected, "purpose": "history_loan"}
        questions.append(("history_loan, a supplier whose facts look wrong", body))
    serve_and_ask(home, facts, questions, key=key, lang=lang.value, currency=manifest["currency"], keep=keep)
    err.print(f"[dim]The demonstration took {time.perf_counter() - started:.0f} s; asked as {tenant}.[/dim]")


def refuse_served(home: Path) -> None:
    """Refuse to delete a home from which another demonstration serves; InputError says so."""
    from ledger.database import sole_service

    if home.exists():
        with sole_service(home):
            pass


def serve_and_ask(
    home: Path, facts: Path, questions: list[tuple[str, dict]], *, key: str, lang: str, currency: str, keep: bool | None
) -> None:
    """Start the service, ask, print the answers; stay in the foreground if somebody is there to use it."""
    from cli.shared.served import served

    with served(home, facts=facts) as service:
        answers = ask_all(service.url, key, questions, lang=lang, currency=currency)
        write_answers(home, answers)
        if keep if keep is not None else sys.stdout.isatty():
            out.print(f"\nServing at {service.url} (/openapi.json describes it) until Ctrl-C. Ask it yourself:")
            out.print(f"  export SUPPLIER_CREDIT_URL={service.url} SUPPLIER_CREDIT_KEY={key}", markup=False)
            out.print(f"  .venv/bin/supplier-credit score {questions[0][1]['supplier_id']} --amount 66000 --days 90")
            with suppress(KeyboardInterrupt):
                service.wait()


def ask_all(
    url: str, key: str, questions: list[tuple[str, dict]], *, lang: str, currency: str
) -> list[tuple[str, dict, dict]]:
    """Ask every question over HTTP and print each answer for a person."""
    from cli.shared.client import ask
    from cli.shared.printing import lines

    answers = []
    for title, body in questions:
        answer = ask(body, url=url, key=key)
        out.print(f"\n[bold]{title}[/bold]")
        for line in lines(answer, lang=lang, currency=currency):
            out.print(line, markup=False)
        answers.append((title, body, answer))
    return answers


def write_answers(home: Path, answers: list[tuple[str, dict, dict]]) -> None:
    """Keep what was asked and answered, for the README."""
    import json

    document = [{"title": title, "request": body, "answer": answer} for title, body, answer in answers]
    (home / "answers.json").write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")


def choose(home: Path, fleet: Path, manifest: dict[str, Any]) -> list[tuple[str, dict]]:
    """Return the questions: a good and a poor supplier of the scored fleet, one without history, one without terms."""
    import numpy as np

    from models.promotion.champions import champion

    with working("Scoring the fleet to find a good and a poor supplier"):
        ids = [name.decode() for name in np.load(fleet / "ids.npy").tolist()]
        contracts = open_contracts(fleet)
        ranked = ranked_fleet(fleet, manifest, ids, preferred=contracts.keys())
        good, poor = ranked(GOOD_SHARE), ranked(POOR_SHARE)
        stranger = without_history(home, set(ids))
    terms = {"amount": "66000.00", "currency": manifest["currency"], "days": DAYS}

    def loan(supplier: str) -> dict:
        named = about_contract(home, contracts[supplier]) if supplier in contracts else {}
        return {"supplier_id": supplier, "purpose": "contract_loan", "request": named | terms}

    history = {"purpose": "history_loan"}
    questions = [
        ("contract_loan, a good supplier", loan(good)),
        ("contract_loan, a poor supplier", loan(poor)),
        ("contract_loan, a supplier without history", loan(stranger)),
    ]
    if champion(home, "contract_loan") is None:
        questions = [("history_loan, a good supplier", {"supplier_id": good, **history})]
    questions.append(("history_loan, the poor supplier without terms", {"supplier_id": poor, **history}))
    return questions


def suspected_supplier(fleet: Path, manifest: dict[str, Any]) -> str | None:
    """The supplier of the fleet with the most suspicions, the first by id; None where there is none."""
    import numpy as np

    places = [at for at, name in enumerate(manifest["columns"]) if name.startswith("suspicion_")]
    if not places:
        return None
    counts = np.nansum(np.load(fleet / "matrix.npy", mmap_mode="r")[:, places] == 1.0, axis=1)
    return np.load(fleet / "ids.npy")[int(counts.argmax())].decode() if counts.any() else None


def open_contracts(fleet: Path) -> dict[str, str]:
    """The last open contract, by id, of each supplier of the fleet that has one."""
    import numpy as np

    from features.fleet.profile_store import CONTRACTS, of_contract_key

    return dict(of_contract_key(key) for key in np.load(fleet / CONTRACTS["ids"]).tolist())


def about_contract(home: Path, contract_id: str) -> dict[str, str]:
    """What a platform knows of a contract and says in the request: its id, buyer, category and method."""
    from features.engines.duckdb_engine import ask
    from features.facts.store import Facts

    query = (
        "SELECT buyer_id, category, method FROM contracts WHERE contract_id = $contract_id AND NOT retracted"
        " ORDER BY known_at DESC LIMIT 1"
    )
    (row,) = ask(Facts.open(home / "facts"), query, contract_id=contract_id)
    cells = zip(("contract_id", "buyer_id", "category", "method"), (contract_id, *row), strict=True)
    return {name: cell for name, cell in cells if cell is not None}


def ranked_fleet(
    fleet: Path, manifest: dict[str, Any], ids: list[str], *, preferred: Container[str]
) -> Callable[[float], str]:
    """Rank the fleet by the champion that needs no terms; the result gives the supplier at a share, from the riskiest.

    It is the next preferred one from there on that lies inside the scorecard's population, so that the answer is a
    plain one.
    """
    import numpy as np

    from features.home import home
    from models.promotion.champions import champion
    from models.scorecard.scorecard import Scorecard

    served = champion(home(), "history_loan")
    assert served is not None, "the demo promotes both units"
    scorecard = Scorecard.open(served.folder, digest=served.digest)
    matrix = np.load(fleet / "matrix.npy", mmap_mode="r")
    rows = np.ascontiguousarray(matrix[:, [manifest["columns"].index(name) for name in scorecard.columns]])
    order = np.lexsort((np.array(ids), scorecard.points(rows)))

    def at(share: float) -> str:
        start = int(share * (len(order) - 1))
        for row in (*order[start:], *order[:start]):
            plain = scorecard.score(rows[row], dict.fromkeys(scorecard.evidence_columns)).status == "scored"
            if plain and ids[row] in preferred:
                return ids[row]
        return ids[order[start]]

    return at


def without_history(home: Path, known: set[str]) -> str:
    """A registered supplier that has no fact of its own; an id nobody knows where there is none."""
    import pyarrow.parquet as pq

    from features.facts.store import Facts

    registered = pq.read_table(Facts.open(home / "facts").tables["suppliers"], columns=["supplier_id"])
    strangers = sorted(set(registered["supplier_id"].to_pylist()) - known)
    return strangers[0] if strangers else "NO-SUCH-SUPPLIER"

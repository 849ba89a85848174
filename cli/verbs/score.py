"""`supplier-credit score`: ask the service, print the answer for a person."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.shared.client import URL, ask, key_from
from cli.shared.terminal import out


class Lang(StrEnum):
    """The languages an answer is printed in."""

    EN = "en"
    ZH = "zh"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("score")(score)


def score(
    supplier: Annotated[str, typer.Argument(help="The supplier's id.")],
    purpose: Annotated[
        str | None, typer.Option(help="What the score is for [default: contract_loan with terms, else history_loan].")
    ] = None,
    amount: Annotated[str | None, typer.Option(help="Amount asked for, such as 66000.00.")] = None,
    days: Annotated[int | None, typer.Option(help="Days from disbursement to the loan's end.")] = None,
    buyer: Annotated[str | None, typer.Option(help="The buyer of the contract that is financed.")] = None,
    currency: Annotated[
        str | None, typer.Option(help="Currency of the amount [default: that of <home>/facts, else CNY].")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Score at this earlier date, such as 2025-07-01.")] = None,
    facts: Annotated[
        Path | None,
        typer.Option(help="JSON file of the supplier's new facts: canonical tables, or an OCDS release package."),
    ] = None,
    url: Annotated[str, typer.Option(envvar="SUPPLIER_CREDIT_URL", help="Where the service listens.")] = URL,
    key: Annotated[str | None, typer.Option(help="Service key; better in SUPPLIER_CREDIT_KEY.")] = None,
    lang: Annotated[Lang, typer.Option(help="Language of the reasons.")] = Lang.EN,
    as_json: Annotated[bool, typer.Option("--json", help="Print the service's answer unchanged.")] = False,
):
    """Request one score and print points, grade, PD and the reasons with their evidence.

    Examples:

    \b
      supplier-credit score 91330000123456789X --amount 66000 --days 90 --buyer B000017
      supplier-credit score 91330000123456789X --purpose history_loan --lang zh --as-of 2025-07-01
      supplier-credit score 91330000123456789X --purpose history_loan --facts new.json
    """
    currency = currency or reporting_currency()
    terms = terms_of(amount=amount, days=days, buyer=buyer, currency=currency)
    body = request_of(supplier, purpose=purpose, terms=terms, as_of=as_of)
    if facts is not None:
        body["facts"] = facts_in(facts)
    answer = ask(body, url=url, key=key_from(key))
    if as_json:
        out.print(json.dumps(answer, ensure_ascii=False, indent=2), markup=False)
        return
    from cli.shared.printing import lines

    for line in lines(answer, lang=lang.value, currency=currency):
        out.print(line, markup=False)


def reporting_currency() -> str:
    """The currency of the facts this home serves; CNY where it holds none."""
    from features.facts.store import read_manifest
    from features.home import home

    return (read_manifest(home() / "facts") or {}).get("currency", "CNY")


def terms_of(*, amount: str | None, days: int | None, buyer: str | None, currency: str) -> dict[str, Any]:
    """Return the terms that were given; an amount without days, or days without an amount, is no request."""
    from features.errors import InputError

    if (amount is None) != (days is None) or (buyer is not None and amount is None):
        raise InputError(
            "Terms need an amount and days.", where="--amount, --days", fix="Give both, or neither for history_loan."
        )
    terms = {"amount": amount, "currency": currency if amount is not None else None, "days": days, "buyer_id": buyer}
    return {name: value for name, value in terms.items() if value is not None}


def request_of(
    supplier: str, *, purpose: str | None, terms: dict[str, Any], as_of: str | None = None
) -> dict[str, Any]:
    """Return the body of `POST /v1/scores`."""
    body: dict[str, Any] = {"supplier_id": supplier, "purpose": purpose or default_purpose(terms)}
    if terms:
        body["request"] = terms
    if as_of:
        body["as_of"] = as_of
    return body


def facts_in(file: Path) -> Any:
    """Return the facts that a JSON file holds; the service judges them."""
    from features.errors import InputError

    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError("The file cannot be read.", where=str(file), fix="Name a JSON file.") from error
    except (ValueError, RecursionError) as error:
        fix = 'Write {"contracts": [{…}], …}, or an OCDS release package.'
        raise InputError("The file is not JSON in UTF-8.", where=str(file), fix=fix) from error


def default_purpose(terms: dict[str, Any]) -> str:
    """A loan against a contract has terms; a loan on history has none."""
    return "contract_loan" if terms else "history_loan"

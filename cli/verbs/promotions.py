"""`supplier-credit promotions`: the promotion ledger, line by line."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from cli.shared.terminal import err, out

if TYPE_CHECKING:
    from models.promotion.record import Line, Record

HEAD = ("serial", "when", "act", "who", "scorecard", "version", "purposes", "from -> to", "about")
DIGITS = 12  # of a digest that are shown


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("promotions")(promotions)


def promotions():
    """List every proposal, approval, rejection, rollback and withdrawal, with its person, and the present champions.

    The whole ledger is verified first: its chain, its signatures, and that two people signed for every champion. A
    scorecard is shown with the first digits of its digest.

    Example:

    \b
      supplier-credit promotions
    """
    from cli.shared.refusals import refusing
    from features.home import home
    from models.promotion.high_water import verified_lines
    from models.promotion.state import PromotionState

    with refusing():
        lines = verified_lines(home())
    if not lines:
        err.print("Nothing was proposed yet.")
        return
    for row in table([HEAD, *(cells(line) for line in lines)]):
        out.print(row, markup=False)
    state = PromotionState.of(lines)
    for line in state.open_proposals:
        out.print(f"open: proposal {line.serial}, {release(line.record)}", markup=False)
    for purpose in sorted(state.terms):
        term = state.terms[purpose][-1]
        out.print(f"champion of {purpose}: {release(term.approval.record)}, by line {term.latest.serial}", markup=False)


def cells(line: "Line") -> tuple[str, ...]:
    """Return a line of the ledger as the cells of a row."""
    record = line.record
    change = f"{before(record['from'])} -> {short(record.get('to'))}" if "from" in record else "-"
    about = [f"proposal {record['proposal']}"] if "proposal" in record else []
    about += [record["reason"]] if "reason" in record else []
    named = (record["name"], record["version"], ",".join(record["purposes"]))
    return (str(line.serial), record["at"], line.act, record["person"], *named, change, ": ".join(about))


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines whose columns stand under one another."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def before(present: Mapping[str, str | None]) -> str:
    """The champions before, each once."""
    return ",".join(sorted({short(digest) for digest in present.values()}))


def short(digest: str | None) -> str:
    """The first figures of a digest; `-` where there is none."""
    return digest.removeprefix("sha256:")[:DIGITS] if digest else "-"


def release(record: "Record") -> str:
    """A release, as a person names it."""
    return f"{record['name']} version {record['version']} ({short(record['digest'])})"

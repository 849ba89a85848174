"""Promotion: one person proposes a candidate, another approves it; what was champion before can be brought back.

Each act is a signed line of the ledger, and the ledger alone decides who is champion.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.canonical_json import sha256, write_durably, write_folder
from models.errors import LedgerError, PromotionError, ScorecardError
from models.promotion.approval import approval
from models.promotion.champions import Champion, check_release, crowned, read_release
from models.promotion.high_water import accept, locked, verified_lines
from models.promotion.ledger import append_line, sign_line
from models.promotion.proposals import Proposal, place_for, proposal_line, proposal_of
from models.promotion.record import APPROVE, PROPOSE, REJECT, RELEASE, ROLLBACK, Line
from models.promotion.state import Standing
from models.scorecard.folder import read_folder

if TYPE_CHECKING:
    from models.scorecard.compatibility import ThisCode
    from models.scorecard.scorecard import Scorecard

Judge = Callable[["Scorecard"], list[str]]


def propose(
    home: Path, candidate: Path, *, by: str, running: "ThisCode | None" = None, at: datetime | None = None
) -> Proposal:
    """Propose a candidate for its purposes; an earlier proposal of its name that is still open is withdrawn by it.

    The candidate is copied to the releases, under the next version of its name.

    Args:
        home: the deployment's state.
        candidate: a folder as training wrote it.
        by: who signs.
        running: the code that is to serve; default this one.
        at: the instant to write down; default now.

    Raises:
        PromotionError: names each gate that fails, with its figures and how to fix it.
    """
    from models.scorecard.gates import failed_gates

    with _refusing("Not proposed"):
        scorecard = _opened(candidate, failed_gates, running, proposed=True)
    with locked(home), _refusing("Not proposed"):
        lines = verified_lines(home)
        folder = place_for(home, lines, scorecard)
        files = read_folder(folder if folder.exists() else candidate, digest=scorecard.digest)
        release = {
            "name": scorecard.name,
            "version": folder.name,
            "digest": files.digest,
            "unit": scorecard.spec.unit,
            "purposes": sorted(scorecard.spec.purposes),
            "evidence": sha256(files.content["validation.json"]),
            "provenance": sha256(files.content["provenance.json"]),
        }
        line = sign_line(home, lines, _act(PROPOSE, at) | release | _change(lines, release), by=by)
        # The folder is whole before its line. A crash between them leaves a folder that nobody proposed, and that
        # everybody passes over.
        if not folder.exists():
            write_folder(folder, {name: held for name, held in files.content.items() if name != "approval.json"})
        append_line(home, line)
    accept(home, [*lines, line])
    same = [waiting for waiting in Standing.of(lines).open if waiting.record["name"] == scorecard.name]
    return proposal_of(home, line, withdrawn=same[0] if same else None)


def approve(
    home: Path, serial: int, *, by: str, running: "ThisCode | None" = None, at: datetime | None = None
) -> Champion:
    """Approve a proposal, as another person than its proposer: its release becomes champion of its purposes.

    Raises:
        PromotionError: the proposal is not open, the person proposed it, its bytes changed, or a gate fails now.
    """
    from models.scorecard.gates import failed_gates

    with locked(home), _refusing("Not approved"):
        lines = verified_lines(home)
        proposal = proposal_line(lines, serial)
        record = _act(APPROVE, at, proposal=serial) | _about(proposal) | _change(lines, proposal.record)
        line = sign_line(home, lines, record, by=by)
        folder = read_release(home, proposal.record).folder
        _opened(folder, failed_gates, running, digest=proposal.record["digest"])
        # A release that never served gets its approval first: as soon as the line is there, all is there. One that
        # serves keeps its earlier approval, of the same bytes, until the new line is on disk.
        served = any(told.act == APPROVE and told.record["digest"] == line.record["digest"] for told in lines)
        if served:
            append_line(home, line)
        write_durably(folder / "approval.json", approval(proposal, line))
        if not served:
            append_line(home, line)
    accept(home, [*lines, line])
    return crowned(home, line, line.record["purposes"][0])


def reject(home: Path, serial: int, *, by: str, reason: str, at: datetime | None = None) -> Proposal:
    """Reject a proposal, with a reason. Its proposer may too: nothing comes into service by it.

    Raises:
        PromotionError: the proposal is not open.
    """
    with locked(home), _refusing("Not rejected"):
        lines = verified_lines(home)
        proposal = proposal_line(lines, serial)
        record = _act(REJECT, at, proposal=serial, reason=reason) | _about(proposal)
        line = sign_line(home, lines, record, by=by)
        append_line(home, line)
    accept(home, [*lines, line])
    return proposal_of(home, proposal)


def rollback(
    home: Path, purpose: str, *, by: str, reason: str, running: "ThisCode | None" = None, at: datetime | None = None
) -> Champion:
    """Bring back what was champion of a purpose before the present one; one person may, since two approved it.

    Raises:
        PromotionError: nothing was champion before, or what was is not fit for the running code.
    """
    from models.scorecard.gates import unexplained

    with locked(home), _refusing("Not rolled back"):
        lines = verified_lines(home)
        before = Standing.of(lines).before(purpose)
        if before is None:
            raise PromotionError(f"Nothing was champion of {purpose} before what is now.")
        record = _act(ROLLBACK, at, approval=before.serial, reason=reason) | _about(before) | {"purposes": [purpose]}
        line = sign_line(home, lines, record | _change(lines, record), by=by)
        folder = check_release(home, before.record, lines).folder
        _opened(folder, unexplained, running, digest=before.record["digest"])
        append_line(home, line)
    accept(home, [*lines, line])
    return crowned(home, line, purpose)


@contextmanager
def _refusing(refused: str) -> Iterator[None]:
    """Say of everything that stops a promotion what it stopped; a ledger that does not hold speaks for itself."""
    try:
        yield
    except LedgerError:
        raise
    except (ScorecardError, PromotionError) as error:
        raise PromotionError(f"{refused}. {error}") from error


def _opened(
    folder: Path, judge: Judge, running: "ThisCode | None", *, digest: str | None = None, proposed: bool = False
) -> "Scorecard":
    """Open a scorecard that this code can serve and whose gates hold; opening it replays its golden cases."""
    from models.scorecard.compatibility import ThisCode
    from models.scorecard.scorecard import Scorecard, declaration, words

    files = read_folder(folder, digest=digest)
    running = running or ThisCode.here()
    failed = running.failed_gates(declaration(files), words(files) if proposed else None)
    if not failed:
        scorecard = Scorecard.open(folder, digest=digest)
        failed = judge(scorecard)
    if failed:
        raise PromotionError(" ".join(failed))
    return scorecard


def _act(act: str, at: datetime | None, **told: Any) -> dict[str, Any]:
    return {"act": act, "at": (at or datetime.now(UTC)).isoformat(timespec="seconds"), **told}


def _about(line: Line) -> dict[str, Any]:
    return {key: line.record[key] for key in (*RELEASE, "purposes")}


def _change(lines: Sequence[Line], record: Mapping[str, Any]) -> dict[str, Any]:
    """What an act does to its purposes: from their present champions to its scorecard."""
    return {"from": Standing.of(lines).present(record["purposes"]), "to": record["digest"]}

"""Promotion: one person proposes a candidate, another approves it; a rollback restores the previous champion.

Each act is a signed line of the ledger, and the ledger alone decides which release is champion.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.canonical_json import sha256
from models.durable_files import write_durably, write_folder
from models.errors import LedgerError, PromotionError, ScorecardError
from models.promotion.approval import approval
from models.promotion.champions import Champion, champion_from_line, check_release, read_release
from models.promotion.deployment_data import check_deployment_data
from models.promotion.high_water import locked, raise_high_water, verified_lines
from models.promotion.ledger import append_line, sign_line
from models.promotion.proposals import Proposal, place_for, proposal_line, proposal_of
from models.promotion.record import APPROVE, PROPOSE, REJECT, RELEASE, ROLLBACK, WITHDRAW, Line
from models.promotion.state import PromotionState
from models.scorecard.folder import read_folder

if TYPE_CHECKING:
    from models.scorecard.compatibility import ThisCode
    from models.scorecard.scorecard import Scorecard

FailedGates = Callable[["Scorecard"], list[str]]


def propose(
    home: Path, candidate: Path, *, by: str, running: "ThisCode | None" = None, at: datetime | None = None
) -> Proposal:
    """Propose a candidate for its purposes; it replaces an open proposal of the same name.

    The candidate is copied to the releases, under the next version of its name.

    Args:
        home: the deployment's state.
        candidate: a folder written by training.
        by: the person who signs.
        running: the code that will serve; default this code.
        at: the instant of the record; default now.

    Raises:
        PromotionError: a gate fails; the message names each, with its figures and a fix.
    """
    from models.scorecard.gates import failed_gates

    with _error_prefix("Not proposed"):
        scorecard = _opened(candidate, failed_gates, running, proposed=True)
        check_deployment_data(home, scorecard.spec.data)
    with locked(home), _error_prefix("Not proposed"):
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
        # The folder is complete before its line is written. A crash between them leaves a folder without a proposal,
        # which is ignored.
        if not folder.exists():
            write_folder(folder, {name: data for name, data in files.content.items() if name != "approval.json"})
        append_line(home, line)
    raise_high_water(home, [*lines, line])
    same = [waiting for waiting in PromotionState.of(lines).open_proposals if waiting.record["name"] == scorecard.name]
    return proposal_of(home, line, withdrawn=same[0] if same else None)


def approve(
    home: Path, serial: int, *, by: str, running: "ThisCode | None" = None, at: datetime | None = None
) -> Champion:
    """Approve a proposal as a second person: its release becomes champion of its purposes.

    Raises:
        PromotionError: the proposal is not open, the person proposed it, its bytes changed, or a gate fails now.
    """
    from models.scorecard.gates import failed_gates

    with locked(home), _error_prefix("Not approved"):
        lines = verified_lines(home)
        proposal = proposal_line(lines, serial)
        record = _act(APPROVE, at, proposal=serial) | _release_keys(proposal) | _change(lines, proposal.record)
        line = sign_line(home, lines, record, by=by)
        folder = read_release(home, proposal.record).folder
        scorecard = _opened(folder, failed_gates, running, digest=proposal.record["digest"])
        check_deployment_data(home, scorecard.spec.data)
        # A release that never served gets approval.json first: when the line is there, the release is complete. One
        # that served before keeps its earlier approval.json until the new line is on disk.
        served = any(earlier.act == APPROVE and earlier.record["digest"] == line.record["digest"] for earlier in lines)
        if served:
            append_line(home, line)
        write_durably(folder / "approval.json", approval(proposal, line))
        if not served:
            append_line(home, line)
    raise_high_water(home, [*lines, line])
    return champion_from_line(home, line, line.record["purposes"][0])


def reject(home: Path, serial: int, *, by: str, reason: str, at: datetime | None = None) -> Proposal:
    """Reject a proposal, with a reason. Its proposer may do so too: no scorecard starts to serve.

    Raises:
        PromotionError: the proposal is not open.
    """
    with locked(home), _error_prefix("Not rejected"):
        lines = verified_lines(home)
        proposal = proposal_line(lines, serial)
        record = _act(REJECT, at, proposal=serial, reason=reason) | _release_keys(proposal)
        line = sign_line(home, lines, record, by=by)
        append_line(home, line)
    raise_high_water(home, [*lines, line])
    return proposal_of(home, proposal)


def rollback(
    home: Path, purpose: str, *, by: str, reason: str, running: "ThisCode | None" = None, at: datetime | None = None
) -> Champion:
    """Restore the previous champion of a purpose; one person is enough, because two approved it before.

    Raises:
        PromotionError: there was none, or the running code cannot serve it.
    """
    from models.scorecard.gates import unexplained

    with locked(home), _error_prefix("Not rolled back"):
        lines = verified_lines(home)
        previous = PromotionState.of(lines).previous_approval(purpose)
        if previous is None:
            raise PromotionError(f"There is no previous champion of {purpose}.")
        record = _act(ROLLBACK, at, approval=previous.serial, reason=reason)
        record |= _release_keys(previous) | {"purposes": [purpose]}
        line = sign_line(home, lines, record | _change(lines, record), by=by)
        folder = check_release(home, previous.record, lines).folder
        _opened(folder, unexplained, running, digest=previous.record["digest"])
        append_line(home, line)
    raise_high_water(home, [*lines, line])
    return champion_from_line(home, line, purpose)


def withdraw(home: Path, purpose: str, *, by: str, reason: str, at: datetime | None = None) -> Champion:
    """End the service of a purpose: it has no champion until another approval; one person is enough.

    Returns:
        The champion that was withdrawn.

    Raises:
        PromotionError: the purpose has no champion.
    """
    with locked(home), _error_prefix("Not withdrawn"):
        lines = verified_lines(home)
        term = PromotionState.of(lines).champion(purpose)
        if term is None:
            raise PromotionError(f"There is no champion of {purpose}.")
        record = _act(WITHDRAW, at, reason=reason) | _release_keys(term.approval) | {"purposes": [purpose]}
        line = sign_line(home, lines, record | {"from": _change(lines, record)["from"]}, by=by)
        append_line(home, line)
    raise_high_water(home, [*lines, line])
    return champion_from_line(home, line, purpose)


@contextmanager
def _error_prefix(prefix: str) -> Iterator[None]:
    """Put the refused act before the message of an error; errors of the ledger itself stay as they are."""
    try:
        yield
    except LedgerError:
        raise
    except (ScorecardError, PromotionError) as error:
        raise PromotionError(f"{prefix}. {error}") from error


def _opened(
    folder: Path,
    failed_gates: FailedGates,
    running: "ThisCode | None",
    *,
    digest: str | None = None,
    proposed: bool = False,
) -> "Scorecard":
    """Open a scorecard, replaying its golden cases; refuse one that this code cannot serve or whose gates fail."""
    from models.scorecard.compatibility import ThisCode
    from models.scorecard.scorecard import Scorecard, declaration, words

    files = read_folder(folder, digest=digest)
    running = running or ThisCode.here()
    failed = running.failed_gates(declaration(files), words(files) if proposed else None)
    if not failed:
        scorecard = Scorecard.open(folder, digest=digest)
        failed = failed_gates(scorecard)
    if failed:
        raise PromotionError(" ".join(failed))
    return scorecard


def _act(act: str, at: datetime | None, **keys: Any) -> dict[str, Any]:
    return {"act": act, "at": (at or datetime.now(UTC)).isoformat(timespec="seconds"), **keys}


def _release_keys(line: Line) -> dict[str, Any]:
    return {key: line.record[key] for key in (*RELEASE, "purposes")}


def _change(lines: Sequence[Line], record: Mapping[str, Any]) -> dict[str, Any]:
    """The keys `from` (the digests of the present champions) and `to` (the new one)."""
    return {"from": PromotionState.of(lines).champion_digests(record["purposes"]), "to": record["digest"]}

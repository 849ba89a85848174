"""`supplier-credit verify`, `erase`, `backup` and `restore`: the ledger of a home."""

from pathlib import Path
from typing import Annotated

import typer

from cli.shared.terminal import out, working

NOT_COVERED = (
    "Not covered: facts (`import` without the supplier into an empty folder), stored profiles (`profile FACTS --fleet`"
    " on those facts), candidates and MLflow (train again), and back-ups (delete those that are older)."
)


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    for verb in (verify, erase, backup, restore):
        app.command(verb.__name__)(verb)


def verify():
    """Compare every recorded score, key and link of the chains with what was written; name each row that differs.

    It reads short slices: the service goes on recording. Entries that were removed from the end are found by what was
    last seen of the chains (ledger.seen). Ends with code 3 if anything differs.

    Example:

    \b
      supplier-credit verify
    """
    from cli.shared.exits import Refused
    from features.errors import InputError
    from features.home import home
    from ledger.database import ledger_file
    from ledger.last_seen import read_last_seen
    from ledger.opening import check_file
    from ledger.verify import verify as verify_ledger

    file = ledger_file(home())
    if not file.exists():
        raise InputError("There is no ledger here.", where=str(file), fix="Set SUPPLIER_CREDIT_HOME.")
    seen = read_last_seen(home())
    with working("Verifying the ledger"):
        check_file(file)
        report = verify_ledger(file, dict(seen.heads) if seen is not None else None)
    for finding in report.findings:
        out.print(f"chain {finding.chain}, entry {finding.seq}: {finding.what}", markup=False)
    for name, head in sorted(report.heads.items()):
        out.print(f"{name}: {head.seq:,} entries, head {head.link.hex()}", markup=False)
    if report.erased:
        out.print(f"{report.erased:,} scores were erased by the program.", markup=False)
    if not report.intact:
        raise Refused(f"{len(report.findings):,} places of the ledger are not what was written.")
    out.print(f"{report.entries:,} entries are what was written.", markup=False)


def erase(
    supplier: Annotated[str, typer.Argument(help="The supplier's id, as requests name it.")],
    reason: Annotated[str, typer.Option(help="Why, in one line, without personal data; it is recorded.")],
):
    """Delete the scores of a supplier, of every institution: request, inputs, answer and search columns.

    The chain keeps that there was a score, not what it said; `verify` counts them as erased. It works in slices beside
    a running service.

    Example:

    \b
      supplier-credit erase 91330000123456789X --reason "Request of 2026-11-30, case 17"
    """
    from features.home import home
    from ledger.erasing import erase_supplier

    erased = erase_supplier(home(), supplier, reason=reason)
    out.print(f"{erased:,} scores are erased.", markup=False)
    out.print(NOT_COVERED, markup=False)


def backup(file: Annotated[Path, typer.Argument(help="File to write; keep it on another disk.")]):
    """Write the ledger, the promotions, people, releases and settings of <home> into one file, while the service runs.

    The file holds private keys: it is readable by its owner alone. A copy made by `cp` is no back-up: half of the
    copies that are made while the service writes are damaged.

    Example:

    \b
      supplier-credit backup /backups/credit-2026-11-30.tar
    """
    from features.home import home
    from ledger.backup import back_up

    with working("Backing up"):
        files = back_up(home(), file)
    out.print(f"{file}: {files:,} files", markup=False)


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    reason: Annotated[str, typer.Option(help="Why, in one line; it is recorded in the ledger.")],
):
    """Put a back-up's ledger in the place of the one in <home>; stop the service first.

    Other files are put back only where they are missing. Keys that were revoked since the back-up stay revoked. Scores
    that were recorded since are lost.

    Example:

    \b
      supplier-credit restore /backups/credit-2026-11-30.tar --reason "Disk failure of 2026-11-30"
    """
    from features.home import home
    from ledger.restoring import restore as restore_home

    with working("Restoring"):
        names = restore_home(home(), file, reason=reason)
    out.print(f"Restored: {', '.join(names[:8])}{' …' if len(names) > 8 else ''}", markup=False)

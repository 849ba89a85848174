"""`supplier-credit propose`: one person proposes a candidate."""

from pathlib import Path
from typing import Annotated

import typer

from cli.shared.terminal import err, out


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("propose")(propose)


def propose(
    candidate: Annotated[Path, typer.Argument(help="A candidate folder, written by `train`.")],
    person: Annotated[str, typer.Option("--as", help="Who signs; `people add` makes the key.")],
):
    """Propose a candidate for its purposes, and print the proposal's number.

    Every gate must pass: this program computes the features and has reasons for each; the golden cases get the same
    answers as before; contributions add up; and the gates judged by training. A failed gate ends with exit code 3 and
    changes nothing. A proposal does not serve until another person approves it. It replaces an open proposal of the
    same name, whoever made that. The validation's verdict and its high findings are printed, because the person who
    signs is responsible for the folder.

    Example:

    \b
      supplier-credit propose var/runs/contract-loan-3fa9c2 --as ada
    """
    from cli.shared.refusals import refusing
    from cli.shared.verdict_printing import show_verdict
    from features.errors import InputError
    from features.home import home
    from models.promotion.promote import propose as sign

    if not (candidate / "scorecard.json").is_file():
        raise InputError(
            "This is no candidate.", where=str(candidate), fix="Name the folder that `supplier-credit train` printed."
        )
    with refusing():
        made = sign(home(), candidate, by=person)
    for purpose, before in sorted(made.before.items()):
        instead = f"in place of {before}" if before else "which nothing answers for yet"
        err.print(f"{made.name} version {made.version} is proposed for {purpose}, {instead}.", markup=False)
    if made.withdrawn is not None:
        withdrawn = made.withdrawn.record
        release = f"{withdrawn['name']} version {withdrawn['version']}"
        proposal = f"Proposal {made.withdrawn.serial} by {withdrawn['person']}, {release},"
        err.print(f"{proposal} is replaced by this one.", markup=False)
    show_verdict(home(), made.folder, made.digest)
    err.print(f"Another person approves it: supplier-credit approve {made.serial} --as NAME", markup=False)
    out.print(made.serial)

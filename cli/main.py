"""The entry point `supplier-credit`."""

import sys
from typing import Annotated

import typer

from cli.shared.exits import EXPLAINED, Exit, Refused, Unanswered
from cli.shared.terminal import complain, out
from cli.verbs import (
    approve,
    compare,
    demo,
    expert,
    export,
    import_,
    keys,
    ledger,
    mlflow_sync,
    mlflow_ui,
    people,
    profile,
    promotions,
    propose,
    quality,
    reject,
    rollback,
    sandbox,
    score,
    serve,
    stages,
    templates,
    train,
    withdraw,
)
from features.errors import InputError

HELP = f"""Credit scores for suppliers to government: procurement facts in, explained scores over HTTP out.

The steps from a sandbox market to a score:

\b
  supplier-credit sandbox market --world plain --suppliers 2000 --seed 7
  supplier-credit import market/facts --into var/facts
  supplier-credit profile var/facts --fleet
  supplier-credit train var/facts --outcome loan_default --unit request
  supplier-credit people add ada
  supplier-credit people add grace
  supplier-credit propose var/runs/CANDIDATE --as ada
  supplier-credit approve 1 --as grace
  supplier-credit keys create --tenant my-bank --role bank
  supplier-credit serve
  supplier-credit score SUPPLIER --amount 66000 --days 90

State lives under SUPPLIER_CREDIT_HOME (default ./var). {EXPLAINED}"""

app = typer.Typer(
    help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)


def say_version(wanted: bool) -> None:
    """Print the version and end; before click asks for a verb."""
    if wanted:
        from importlib.metadata import version

        out.print(version("supplier-credit"), markup=False)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=say_version)
    ] = False,
):
    """Take the options that belong to no verb."""


for verb in (sandbox, templates, import_, quality, export, stages, profile, train, expert, compare):
    verb.register(app)
for verb in (propose, approve, reject, rollback, withdraw, promotions):
    verb.register(app)
for verb in (serve, score, ledger, demo, mlflow_sync, mlflow_ui):
    verb.register(app)
app.add_typer(people.app, name="people")
app.add_typer(keys.app, name="keys")


def run() -> None:
    """Run one command; every expected trouble ends in one message and its own exit code."""
    try:
        app()
    except InputError as error:
        complain(error.what, where=error.where, fix=error.fix)
        sys.exit(Exit.BAD_INPUT)
    except Refused as error:
        complain(str(error))
        sys.exit(Exit.REFUSED)
    except Unanswered as error:
        complain(str(error))
        sys.exit(Exit.UNANSWERED)
    except OSError as error:
        if error.filename is None:
            raise
        where = " -> ".join(str(name) for name in (error.filename, error.filename2) if name is not None)
        complain(f"{error.strerror}.", where=where, fix="Name a place that can be read and written.")
        sys.exit(Exit.BAD_INPUT)


if __name__ == "__main__":
    run()

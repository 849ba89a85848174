"""`supplier-credit stages`: how far each contract has been disclosed, and how long each step took."""

from pathlib import Path
from typing import Annotated

import typer

from cli.shared.terminal import out, working


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("stages")(stages)


def stages(
    facts: Annotated[Path, typer.Argument(help="An imported facts folder.")],
    as_of: Annotated[str, typer.Option(help="Use only facts known before this date.")],
    out_file: Annotated[Path, typer.Option("--out", help="Parquet file to write, one row a contract.")],
):
    """Show which of the nine disclosed stages each contract has, when, and the days since the one before.

    Budget, demand, intention, plan, process, result, contract, acceptance, payment. A stage that is not disclosed is
    null and named in the column `missing`; days count from the latest disclosed stage before it.

    Example:

    \b
      supplier-credit stages var/facts --as-of 2025-07-01 --out stages.parquet
    """
    from features.facts.store import Facts
    from features.sinks.disclosed_stages import contract_stages, disclosed, write_stages

    with working("Reading the stages"):
        table = contract_stages(Facts.open(facts), as_of)
        write_stages(table, out_file)
    out.print(f"{out_file}: {table.num_rows:,} contracts", markup=False)
    for stage, count in disclosed(table).items():
        out.print(f"  {stage:<12}{count:>12,}", markup=False)

"""`supplier-credit profile`: facts to profiles, for the cases of a spine or for the whole fleet."""

from pathlib import Path
from typing import Annotated

import typer

from cli.console import out, working


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("profile")(profile)


def profile(
    facts: Annotated[Path, typer.Argument(help="An imported facts folder.")],
    as_of: Annotated[str | None, typer.Option(help="Stand on this date, for every supplier.")] = None,
    spine: Annotated[Path | None, typer.Option(help="CSV or Parquet of the cases wanted (FACTS, `spine`).")] = None,
    fleet: Annotated[bool, typer.Option("--fleet", help="Write the stored profiles that serving reads.")] = False,
    buyers: Annotated[bool, typer.Option("--buyers", help="Profile the buyers instead, all of them.")] = False,
    out_file: Annotated[Path | None, typer.Option("--out", help="Parquet file to write.")] = None,
):
    """Compute point-in-time profiles: what was known at an instant, and nothing later.

    With --as-of or --spine it writes one Parquet row a case, ordered by case_id. With --fleet it profiles every
    supplier at one date (default: the day after the latest known_at) into <home>/profiles and makes that the stored
    profile in force.

    Examples:

    \b
      supplier-credit profile var/facts --as-of 2025-07-01 --out profiles.parquet
      supplier-credit profile var/facts --spine cases.csv --out profiles.parquet
      supplier-credit profile var/facts --fleet
      supplier-credit profile var/facts --buyers --out buyers.parquet
    """
    if buyers:
        write_buyers(facts, as_of, spine=spine, fleet=fleet, out_file=out_file)
        return
    check_one_way(as_of=as_of, spine=spine, fleet=fleet, out_file=out_file)
    if fleet:
        folder, told = store_fleet(facts, as_of)
        out.print(f"{folder}: {told['rows']:,} suppliers × {len(told['columns'])} columns as of {told['as_of']}")
        return
    from features.facts import Facts
    from features.fleet import fleet_spine
    from features.profile import build_profiles, write_profiles
    from features.spine import read_spine

    opened = Facts.open(facts)
    assert out_file is not None  # check_one_way
    with working("Profiling") as report:
        report("reading the cases")
        cases = read_spine(opened, spine) if spine else fleet_spine(opened, opened.instant(as_of or ""))
        report(f"{cases.num_rows:,} cases")
        table = build_profiles(opened, cases)
        write_profiles(table, out_file)
    out.print(f"{out_file}: {table.num_rows:,} profiles × {table.num_columns - 4} columns, ordered by case_id")


def check_one_way(*, as_of: str | None, spine: Path | None, fleet: bool, out_file: Path | None) -> None:
    """Refuse what cannot be meant: two sources of cases, none, or an output that is not written."""
    from features.errors import InputError

    if (spine is not None) + (as_of is not None or fleet) != 1:
        raise InputError("Say which cases: --as-of DATE, --spine FILE or --fleet.", mend="Give exactly one of them.")
    if fleet and out_file is not None:
        raise InputError("--fleet writes into <home>/profiles.", where="--out", mend="Leave --out away.")
    if not fleet and out_file is None:
        raise InputError("No file to write to.", where="--out", mend="Add --out profiles.parquet.")
    if out_file is not None and out_file.is_dir():
        raise InputError("This is a folder.", where=str(out_file), mend="Name a file in it with --out.")


def write_buyers(facts: Path, as_of: str | None, *, spine: Path | None, fleet: bool, out_file: Path | None) -> None:
    """Write the profiles of all buyers at one date."""
    from features.buyers import build_buyer_profiles
    from features.errors import InputError
    from features.facts import Facts
    from features.fleet import default_as_of
    from features.profile import write_profiles

    if spine is not None or fleet:
        raise InputError("--buyers profiles buyers, not cases of suppliers.", mend="Leave --spine and --fleet away.")
    if out_file is None or out_file.is_dir():
        raise InputError("No file to write to.", where="--out", mend="Add --out buyers.parquet.")
    opened = Facts.open(facts)
    with working("Profiling the buyers"):
        instant = opened.instant(as_of) if as_of is not None else default_as_of(opened)
        table = build_buyer_profiles(opened, instant)
        write_profiles(table, out_file)
    out.print(f"{out_file}: {table.num_rows:,} buyers × {table.num_columns - 2} columns as of {instant.isoformat()}Z")


def store_fleet(facts: Path, as_of: str | None = None) -> tuple[Path, dict]:
    """Write the stored profiles of the whole fleet; return the folder and its manifest."""
    import json

    from features.facts import Facts
    from features.fleet import default_as_of, write_fleet
    from features.home import home

    opened = Facts.open(facts)
    instant = opened.instant(as_of) if as_of is not None else default_as_of(opened)
    with working("Profiling the fleet") as report:
        folder = write_fleet(opened, instant, home() / "profiles", progress=report)
    return folder, json.loads((folder / "manifest.json").read_text(encoding="utf-8"))

"""`supplier-credit profile`: facts to profiles, for one supplier, the cases of a spine, or the whole fleet."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.shared.terminal import counting, out, working
from cli.verbs.score import Lang

if TYPE_CHECKING:
    import pyarrow as pa

    from features.facts.store import Facts


class Engine(StrEnum):
    """What profiles are computed on."""

    DUCKDB = "duckdb"
    SPARK = "spark"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("profile")(profile)


def profile(
    facts: Annotated[Path, typer.Argument(help="An imported facts folder.")],
    as_of: Annotated[str | None, typer.Option(help="Profile every supplier at this date.")] = None,
    spine: Annotated[Path | None, typer.Option(help="CSV or Parquet of the cases (FACTS, `spine`).")] = None,
    supplier: Annotated[str | None, typer.Option(help="Print the profile of this one supplier.")] = None,
    fleet: Annotated[bool, typer.Option("--fleet", help="Write the stored profiles that serving reads.")] = False,
    changed_since: Annotated[
        str | None, typer.Option(help="With --fleet: only suppliers with facts known on or after this date.")
    ] = None,
    buyers: Annotated[bool, typer.Option("--buyers", help="Profile the buyers instead, all of them.")] = False,
    out_file: Annotated[Path | None, typer.Option("--out", help="Parquet file to write.")] = None,
    engine: Annotated[Engine, typer.Option(help="Compute on this machine, or on Apache Spark.")] = Engine.DUCKDB,
    lang: Annotated[Lang, typer.Option(help="Language of a printed profile.")] = Lang.EN,
):
    """Compute point-in-time profiles: what was known at an instant, and nothing later.

    With --as-of or --spine it writes one Parquet row a case, ordered by case_id. With --supplier it prints one profile
    (or writes it, with --out). With --fleet it profiles every supplier at one date (default: the day after the latest
    known_at) into <home>/profiles, from which the service then reads; after an interruption the same command continues.
    With --changed-since, suppliers whose visible facts are those of their stored row keep it and its date; the next
    full run computes them again. A fact that arrives late is found, whatever its date. --engine spark writes the same
    rows from the same declarations on Apache Spark (docs/spark.md).

    Examples:

    \b
      supplier-credit profile var/facts --supplier 91330000123456789X --as-of 2025-07-01 --lang zh
      supplier-credit profile var/facts --as-of 2025-07-01 --out profiles.parquet
      supplier-credit profile var/facts --spine cases.csv --out profiles.parquet
      supplier-credit profile var/facts --spine cases.csv --out profiles.parquet --engine spark
      supplier-credit profile var/facts --fleet
      supplier-credit profile var/facts --fleet --changed-since 2025-07-01
      supplier-credit profile var/facts --buyers --out buyers.parquet
    """
    check_engine(engine, cases=not (buyers or fleet or supplier))
    if buyers:
        write_buyers(facts, as_of, others=(spine, supplier, changed_since, fleet or None), out_file=out_file)
        return
    check_one_way(as_of=as_of, spine=spine, fleet=fleet, supplier=supplier, out_file=out_file)
    check_changed(fleet=fleet, changed_since=changed_since)
    if fleet:
        folder, manifest = store_fleet(facts, as_of, changed_since)
        shape = f"{manifest['rows']:,} suppliers × {len(manifest['columns'])} columns"
        out.print(f"{folder}: {shape} as of {manifest['as_of']}")
    elif supplier is not None:
        show_supplier(facts, supplier, as_of=as_of, lang=lang.value, out_file=out_file)
    else:
        assert out_file is not None  # check_one_way
        write_cases(facts, as_of=as_of, spine=spine, out_file=out_file, engine=engine)


def check_one_way(
    *, as_of: str | None, spine: Path | None, fleet: bool, supplier: str | None, out_file: Path | None
) -> None:
    """Refuse what cannot be meant: two sources of cases, none, or an output that is not written."""
    from features.errors import InputError

    dated = as_of is not None and not fleet and supplier is None
    if (spine is not None) + fleet + (supplier is not None) + dated != 1 or (spine is not None and as_of is not None):
        raise InputError(
            "Say which cases: --as-of DATE, --spine FILE, --supplier ID or --fleet.",
            fix="Give exactly one of them; --as-of goes with --supplier and --fleet too.",
        )
    if fleet and out_file is not None:
        raise InputError("--fleet writes into <home>/profiles.", where="--out", fix="Leave --out away.")
    if not fleet and supplier is None and out_file is None:
        raise InputError("No file to write to.", where="--out", fix="Add --out profiles.parquet.")
    if out_file is not None and out_file.is_dir():
        raise InputError("This is a folder.", where=str(out_file), fix="Name a file in it with --out.")


def write_buyers(facts: Path, as_of: str | None, *, others: Iterable[object], out_file: Path | None) -> None:
    """Write the profiles of all buyers at one date; `others` are the options that name suppliers, None if not given."""
    from features.buyers.build import build_buyer_profiles
    from features.errors import InputError
    from features.facts.store import Facts
    from features.fleet.write_fleet import default_as_of
    from features.profiles.build import write_profiles

    if any(other is not None for other in others):
        fix = "Leave --spine, --supplier, --fleet and --changed-since away."
        raise InputError("--buyers profiles buyers, not suppliers.", fix=fix)
    if out_file is None or out_file.is_dir():
        raise InputError("No file to write to.", where="--out", fix="Add --out buyers.parquet.")
    opened = Facts.open(facts)
    with working("Profiling the buyers"):
        instant = opened.instant(as_of) if as_of is not None else default_as_of(opened)
        table = build_buyer_profiles(opened, instant)
        write_profiles(table, out_file)
    out.print(f"{out_file}: {table.num_rows:,} buyers × {table.num_columns - 2} columns as of {instant.isoformat()}Z")


def check_changed(*, fleet: bool, changed_since: str | None) -> None:
    """Refuse --changed-since where nothing is stored that could be kept."""
    from features.errors import InputError

    if changed_since is not None and not fleet:
        raise InputError("Only stored profiles are kept.", where="--changed-since", fix="Add --fleet.")


def show_supplier(facts: Path, supplier: str, *, as_of: str | None, lang: str, out_file: Path | None) -> None:
    """Print one supplier's profile, or write it where a file is named."""
    from cli.shared.supplier_page import lines
    from features.facts.store import Facts
    from features.fleet.write_fleet import default_as_of
    from features.profiles.build import build_one, write_profiles

    opened = Facts.open(facts)
    instant = opened.instant(as_of) if as_of is not None else default_as_of(opened)
    with working("Profiling"):
        table = build_one(opened, supplier, instant)
    if out_file is not None:
        write_profiles(table, out_file)
        out.print(f"{out_file}: 1 profile × {table.num_columns - 4} columns")
        return
    for line in lines(opened, table, lang=lang):
        out.print(line, markup=False)


def check_engine(engine: Engine, *, cases: bool) -> None:
    """Refuse Spark for anything but a file of suppliers' cases."""
    from features.errors import InputError

    if engine is Engine.SPARK and not cases:
        fix = "Leave --engine away, or name cases with --as-of or --spine and a file with --out."
        raise InputError("Spark writes a file of suppliers' cases, nothing else.", where="--engine spark", fix=fix)


def write_cases(
    facts: Path, *, as_of: str | None, spine: Path | None, out_file: Path, engine: Engine = Engine.DUCKDB
) -> None:
    """Write the profiles of a spine, or of every supplier at one date."""
    from features.facts.store import Facts
    from features.profiles.spine import fleet_spine, read_spine

    opened = Facts.open(facts)
    with working("Profiling") as report:
        report("reading the cases")
        cases = read_spine(opened, spine) if spine else fleet_spine(opened, opened.instant(as_of or ""))
        report(f"{cases.num_rows:,} cases")
        if engine is Engine.SPARK:
            columns = write_from_spark(opened, cases, out_file)
        else:
            from features.profiles.by_range import stream_profiles

            columns = stream_profiles(opened, cases, out_file, progress=counting(report))
    out.print(f"{out_file}: {cases.num_rows:,} profiles × {columns} columns, ordered by case_id")


def write_from_spark(facts: "Facts", cases: "pa.Table", out_file: Path) -> int:
    """Write the profiles of a spine as Spark computes them; return the number of feature columns."""
    from features.profiles.build import write_profiles
    from features.profiles.on_spark import spark_profiles

    table = spark_profiles(facts, cases)
    write_profiles(table, out_file)
    return table.num_columns - 4


def store_fleet(facts: Path, as_of: str | None = None, changed_since: str | None = None) -> tuple[Path, dict]:
    """Write the stored profiles of the whole fleet; return the folder and its manifest.

    InputError for a future date: the service would answer from profiles of a day that has not come.
    """
    import json
    from datetime import UTC, datetime

    from features.errors import InputError
    from features.facts.store import Facts
    from features.fleet.write_fleet import default_as_of, write_fleet
    from features.home import home

    opened = Facts.open(facts)
    instant = opened.instant(as_of) if as_of is not None else default_as_of(opened)
    if instant > datetime.now(UTC).replace(tzinfo=None):
        what = f"{instant.isoformat()}Z is in the future: the service would answer from it today."
        raise InputError(what, where="--as-of", fix="Give a date not after today.")
    since = opened.instant(changed_since) if changed_since is not None else None
    with working("Profiling the fleet") as report:
        folder = write_fleet(opened, instant, home() / "profiles", since=since, progress=counting(report))
    return folder, json.loads((folder / "manifest.json").read_text(encoding="utf-8"))

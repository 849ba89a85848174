"""Making one synthetic market, with its progress and its counts."""

from pathlib import Path

from cli.shared.terminal import out, working


def make(folder: Path, *, world: Path, suppliers: int, seed: int) -> Path:
    """Make a market and return its facts folder."""
    from features.errors import InputError
    from sandbox.make import make_sandbox
    from sandbox.world.world import WorldError

    try:
        with working(f"Making a market of {suppliers:,} suppliers") as report:
            made = make_sandbox(folder, world, suppliers, seed, report)
    except WorldError as error:
        raise InputError(
            str(error), fix="See the worlds in sandbox/world/worlds, and `supplier-credit sandbox --help`."
        ) from error
    summary = f"{sum(made.rows.values()):,} rows; {made.financings:,} loans, {made.matured:,} of them matured"
    bad = f", {made.bad_rate:.1%} of those bad" if made.matured else ""
    out.print(summary + bad, markup=False)
    return folder / "facts"

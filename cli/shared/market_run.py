"""Making one synthetic market, with its progress and its counts."""

from pathlib import Path

from cli.shared.terminal import out, working


def make(folder: Path, *, world: Path | None, suppliers: int, seed: int, draw: int | None = None) -> Path:
    """Make a market of a world, or of one drawn from the seed `draw`, and return its facts folder."""
    from features.errors import InputError
    from sandbox.draw.draw import draw_world
    from sandbox.make import make_sandbox
    from sandbox.world.world import World, WorldError

    chosen: Path | World | None = world
    try:
        with working(f"Making a market of {suppliers:,} suppliers") as report:
            if draw is not None:
                chosen = draw_world(draw)
            assert chosen is not None
            made = make_sandbox(folder, chosen, suppliers, seed, report)
    except WorldError as error:
        raise InputError(
            str(error), fix="See the worlds in sandbox/world/worlds, and `supplier-credit sandbox --help`."
        ) from error
    if isinstance(chosen, World) and chosen.drawn is not None and chosen.drawn.origin.redrawn:
        origin = chosen.drawn.origin
        out.print(f"drawn {origin.redrawn + 1} times; impossible: {', '.join(origin.reasons)}", markup=False)
    summary = f"{sum(made.rows.values()):,} rows; {made.financings:,} loans, {made.matured:,} of them matured"
    bad = f", {made.bad_rate:.1%} of those bad" if made.matured else ""
    out.print(summary + bad, markup=False)
    return folder / "facts"

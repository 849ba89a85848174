"""Drawing a world from a seed: the same seed gives the same world, whatever the number of suppliers."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.draw.effects import draw_effects
from sandbox.draw.hidden import draw_hidden, draw_industries
from sandbox.draw.ranges import drawn, drawn_table, read_ranges
from sandbox.lending.chunk import Made, Market, make_chunk
from sandbox.lending.loans import decide, solve_intercept
from sandbox.market.firms import Chunk, make_buyers
from sandbox.market.rates import make_rates
from sandbox.truth.posterior import best_pds
from sandbox.truth.truth import TAIL_DAYS, expected_auc
from sandbox.view.drivers import DrawnHistory, drawn_view, key
from sandbox.view.view import Cases
from sandbox.world import world as parts
from sandbox.world.clock import Calendar
from sandbox.world.hidden import Drawn, DrawnParts, FurtherMess
from sandbox.world.seeds import Noun
from sandbox.world.world import Effect, Factor, World, WorldError

TRIAL = 2_000  # suppliers on which sizes and thresholds are measured, and a draw is tried
DRAWS_MAX = 50


def draw_world(seed: int) -> World:
    """Draw a world; draws that are impossible are repeated and counted.

    Raises:
        WorldError: the seed is negative, or no draw was possible.
    """
    if seed < 0:
        raise WorldError(f"Seed {seed}: wants a whole number from 0.")
    document, reasons = read_ranges(), list[str]()
    for attempt in range(DRAWS_MAX):
        world, reason = _one(seed, attempt, document)
        if reason is None:
            origin = Drawn(
                seed=seed,
                redrawn=attempt,
                reasons=tuple(reasons),
                wrong_sign=world.drawn.origin.wrong_sign if world.drawn else None,
            )
            assert world.drawn is not None
            return replace(world, drawn=replace(world.drawn, origin=origin))
        reasons.append(reason)
    raise WorldError(f"Seed {seed}: {DRAWS_MAX} draws were impossible ({', '.join(sorted(set(reasons)))}).")


def _one(seed: int, attempt: int, document: Mapping[str, Any]) -> tuple[World, str | None]:
    """One draw, and why it is impossible, if it is."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(attempt, int(Noun.WORLD)))))
    world, visible = _without_effects(rng, seed, document)
    limits = document["impossible"]
    trial = _trial(world, seed)
    if len(trial.candidates.rank) < limits["loans_min"]:
        return world, "no loans"
    wrong_sign = seed % document["risk"]["wrong_sign_every"] == 0
    drawn_effects = draw_effects(rng, document, _views(trial), visible, wrong_sign=wrong_sign)
    assert world.drawn is not None
    origin = replace(world.drawn.origin, wrong_sign=drawn_effects.wrong_sign)
    risk = replace(world.risk, effects=drawn_effects.effects)
    world = replace(world, risk=risk, drawn=replace(world.drawn, origin=origin))
    made = _trial(world, seed)
    fate = decide(made.chunk, made.candidates, solve_intercept(made.chunk, made.candidates) or 0.0)
    matured = fate.came & (made.candidates.loans.ends + TAIL_DAYS < made.chunk.calendar.last)
    if matured.sum() < limits["loans_min"]:
        return world, "no loans"
    best = best_pds(made, fate)[matured]
    if best.sum() < limits["bads_min"]:
        return world, "no bads"
    return world, "nothing to tell" if expected_auc(best, best) < limits["auc_min"] else None


def _without_effects(rng: np.random.Generator, seed: int, document: Mapping[str, Any]) -> tuple[World, float]:
    """A world whose visible drivers are still to be drawn, and the standard deviation that they should have."""
    ranges, risk = document["risk"], drawn_table(rng, {k: document["risk"][k] for k in _RISK})
    hidden_part, industry_part = drawn(rng, ranges["hidden_part"]), drawn(rng, ranges["industry_part"])
    spread = drawn(rng, ranges["spread"])
    mess = drawn_table(rng, document["further_mess"])
    mess["without_ends"] = min(mess["without_ends"], mess["sources"] - 1)
    mess["without_met"] = min(mess["without_met"], mess["without_ends"])
    nothing = Effect(coefficient=0.0, factors=(Factor(variable="days"),))
    world = World(
        name=f"drawn-{seed}",
        about="Drawn from sandbox/draw.toml.",
        period=parts.Period(**document["period"]),
        market=parts.Market(**drawn_table(rng, document["market"])),
        quality=parts.Quality(**drawn_table(rng, document["quality"])),
        mess=parts.Mess(**drawn_table(rng, document["mess"])),
        lending=parts.Lending(**drawn_table(rng, document["lending"])),
        risk=parts.Risk(**risk, effects=(nothing,)),
        drawn=DrawnParts(
            origin=Drawn(seed=seed, redrawn=0, reasons=()),
            hidden=draw_hidden(rng, document["hidden"], spread * float(np.sqrt(hidden_part))),
            industries=draw_industries(rng, document["industries"], spread * float(np.sqrt(industry_part))),
            mess=FurtherMess(**mess),
        ),
    )
    return world, spread * float(np.sqrt(1 - hidden_part - industry_part))


_RISK = ("bad_rate", "noise", "half_life_days")


def _trial(world: World, seed: int) -> Made:
    """The first suppliers of the world's market."""
    calendar = Calendar.between(world.period.first, world.period.last, growth=world.market.growth)
    buyers = make_buyers(world, suppliers=TRIAL, seed=seed)
    chunk = Chunk(world, calendar, seed, 0, 0, TRIAL)
    return make_chunk(chunk, Market(buyers, make_rates(world, calendar, seed)))


def _views(trial: Made) -> Any:
    """Values of a variable in a window, by candidate of the trial."""
    loans, chunk = trial.candidates.loans, trial.chunk
    assert chunk.world.drawn is not None
    cases = Cases(chunk.base + loans.supplier, loans.starts, loans.amount, loans.ends - loans.starts)
    history = DrawnHistory(chunk, trial.tables, chunk.world.drawn.mess.without_met)

    @cache
    def view(variable: str, window: int | None) -> NDArray:
        return drawn_view(history, cases, [(variable, window)])[key(variable, window)]

    return view

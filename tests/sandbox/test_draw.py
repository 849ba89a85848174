"""Drawn worlds: the same seed the same world, every range and direction as declared, impossible draws counted."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from features.declarations.catalogue import column
from sandbox.draw import draw
from sandbox.draw.draw import draw_world
from sandbox.draw.effects import Drawn, draw_effects
from sandbox.draw.hidden import draw_hidden, draw_industries
from sandbox.draw.ranges import drawn, read_ranges
from sandbox.make import make_sandbox
from sandbox.view.drivers import DRIVERS
from sandbox.world.world import DRAWN_VARIABLES, WorldError
from sandbox.world.world_file import read_world
from sandbox.world.world_text import world_text

pytestmark = pytest.mark.slow  # makes markets

CASES = 4_000
INVERSE = {"turnover_cover"}  # turnover / loan, where the variable is loan / turnover


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@cache
def drawn_once(seed: int):
    """The world of a seed: it takes seconds to draw."""
    return draw_world(seed)


@pytest.fixture(scope="module")
def world():
    return drawn_once(5)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path, world):
    make_sandbox(tmp_path / "a", world, suppliers=60, seed=5)
    make_sandbox(tmp_path / "b", draw_world(5), suppliers=60, seed=5)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert world_text(drawn_once(6)) != world_text(world)


def test_the_world_beside_the_truth_is_read_back_as_the_one_that_was_drawn(tmp_path: Path, world):
    make_sandbox(tmp_path / "m", world, suppliers=40, seed=5)
    assert read_world(tmp_path / "m" / "truth" / "world.toml")[0] == world


def test_what_is_drawn_lies_in_the_ranges_of_draw_toml(world):
    ranges = read_ranges()
    for table, values in (("market", world.market), ("mess", world.mess), ("lending", world.lending)):
        for name, given in ranges[table].items():
            value = getattr(values, name)
            pairs = zip(value, given, strict=True) if isinstance(given, list) else [(value, given)]
            for one, limits in pairs:
                assert limits["low"] * 0.999 <= one <= limits["high"] * 1.001, (table, name)
    assert 0.005 <= world.risk.bad_rate <= 0.08


def test_every_variable_can_be_computed_and_has_the_direction_of_its_feature():
    for variable in read_ranges()["variable"]:
        name, feature = variable["name"], column(variable["feature"])
        assert name in DRAWN_VARIABLES
        assert name in DRIVERS or name in {"late_fading", "own_worst_days_past_due_365d"}
        assert variable["sign"] == (-feature.monotone if feature.name in INVERSE else feature.monotone), name
        assert bool(variable["windows"]) == (DRAWN_VARIABLES[name].startswith("w: ") or name == "value_change") or (
            name == "largest_contract"
        )


@pytest.fixture(scope="module")
def many() -> list[Drawn]:
    """Effects of many draws over invented values, which costs next to nothing."""
    document, rng = read_ranges(), np.random.default_rng(3)
    values = {v["name"]: rng.gamma(1.0, 1.0, CASES) for v in document["variable"]}
    view: Callable[[str, int | None], np.ndarray] = lambda name, window: values[name]  # noqa: E731
    return [
        draw_effects(np.random.default_rng(seed), document, view, 1.2, wrong_sign=seed % 5 == 0) for seed in range(300)
    ]


def test_every_effect_has_its_declared_sign_but_the_one_that_says_it_has_not(many: list[Drawn]):
    signs = {v["name"]: v["sign"] for v in read_ranges()["variable"]}
    for one in many:
        wrong = {
            factor.variable
            for effect in one.effects
            for factor in effect.factors
            if signs[factor.variable]
            and effect.coefficient * (-1 if factor.below is not None else 1) * signs[factor.variable] < 0
        }
        assert wrong == ({one.wrong_sign} if one.wrong_sign else set())


def test_one_seed_of_five_has_a_wrong_sign():
    assert [drawn_once(seed).drawn.origin.wrong_sign is not None for seed in range(4, 7)] == [False, True, False]


def test_any_driver_may_have_the_wrong_sign_and_unsigned_ones_go_either_way(many: list[Drawn]):
    assert all((one.wrong_sign is not None) == (seed % 5 == 0) for seed, one in enumerate(many))
    assert len({one.wrong_sign for one in many}) > 15
    unsigned = [e.coefficient for one in many for e in one.effects if e.factors[0].variable == "direct_share"]
    assert min(unsigned) < 0 < max(unsigned)


def test_drivers_windows_thresholds_and_interactions_are_drawn(many: list[Drawn]):
    factors = [f for one in many for e in one.effects for f in e.factors]
    assert {f.variable for f in factors} == {v["name"] for v in read_ranges()["variable"]}
    assert {f.window for f in factors if f.variable == "late_share"} == {90, 180, 270, 365, 730}
    assert any(f.above is not None for f in factors)
    assert {len(e.factors) for one in many for e in one.effects} == {1, 2}


def test_a_worse_level_never_shows_on_the_safe_side():
    for seed in range(60):
        hidden = draw_hidden(np.random.default_rng(seed), read_ranges()["hidden"], 0.9)
        assert sorted(hidden.risk) == list(hidden.risk)
        assert sorted(hidden.private_sales, reverse=True) == list(hidden.private_sales)
        assert sorted(hidden.void) == list(hidden.void)
        assert sorted(hidden.slow_stage) == list(hidden.slow_stage)
        by_level = (hidden.private_sales, hidden.void, hidden.slow_stage, hidden.events)
        assert sum(len(set(values)) > 1 for values in by_level) >= 2
        spread = np.sqrt(np.average(np.square(hidden.risk), weights=hidden.shares))
        assert spread == pytest.approx(0.9, rel=1e-3)


def test_industries_have_the_spread_that_was_drawn():
    industries = draw_industries(np.random.default_rng(1), read_ranges()["industries"], 0.4)
    assert np.std(industries.risk) == pytest.approx(0.4, rel=1e-3)


def test_a_whole_number_may_be_either_end_of_its_range():
    rng = np.random.default_rng(1)
    assert {drawn(rng, {"low": 2, "high": 4, "whole": True}) for _ in range(50)} == {2, 3, 4}


def test_impossible_draws_are_repeated_and_counted(monkeypatch: pytest.MonkeyPatch, world):
    reasons = iter(["no loans", "no bads", None])
    monkeypatch.setattr(draw, "_one", lambda seed, attempt, document: (world, next(reasons)))
    origin = draw_world(9).drawn.origin
    assert (origin.seed, origin.redrawn, origin.reasons) == (9, 2, ("no loans", "no bads"))


def test_a_draw_without_loans_or_bads_is_impossible():
    document = read_ranges()
    assert draw._one(5, 0, document)[1] is None
    limits = document["impossible"]
    assert draw._one(5, 0, {**document, "impossible": {**limits, "loans_min": 1e9}})[1] == "no loans"
    assert draw._one(5, 0, {**document, "impossible": {**limits, "bads_min": 1e9}})[1] == "no bads"
    assert draw._one(5, 0, {**document, "impossible": {**limits, "auc_min": 1.0}})[1] == "nothing to tell"


def test_it_gives_up_in_the_end(monkeypatch: pytest.MonkeyPatch, world):
    monkeypatch.setattr(draw, "_one", lambda seed, attempt, document: (world, "no loans"))
    with pytest.raises(WorldError, match="50 draws were impossible"):
        draw_world(1)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"shares": (0.5, 0.4)}, "wants a sum of 1"),
        ({"risk": (0.0,)}, "wants one value for each level"),
        ({"event": "flood"}, "hidden.event: wants one of"),
    ],
)
def test_a_drawn_world_that_contradicts_itself_is_refused(tmp_path: Path, world, change, says: str):
    two = replace(
        world.drawn.hidden,
        shares=(0.5, 0.5),
        risk=(-1.0, 1.0),
        private_sales=(9.0, 5.0),
        void=(0.1, 0.2),
        slow_stage=(0.1, 0.2),
        events=(1.0, 2.0),
    )
    wrong = replace(world, drawn=replace(world.drawn, hidden=replace(two, **change)))
    (tmp_path / "w.toml").write_text(world_text(wrong), "utf-8")
    with pytest.raises(WorldError, match=says):
        read_world(tmp_path / "w.toml")


def test_the_command_line_draws_a_world(tmp_path: Path):
    from cli.main import app

    done = CliRunner().invoke(app, ["sandbox", str(tmp_path / "m"), "--draw", "5", "--suppliers", "30"])
    assert done.exit_code == 0, done.output
    assert read_world(tmp_path / "m" / "truth" / "world.toml")[0] == draw_world(5)


@pytest.mark.parametrize("options", [[], ["--draw", "1", "--world", "plain"]])
def test_the_command_line_wants_one_world(tmp_path: Path, options: list[str]):
    from cli.main import app

    done = CliRunner().invoke(app, ["sandbox", str(tmp_path / "m"), *options])
    assert done.exit_code != 0
    assert not (tmp_path / "m").exists()

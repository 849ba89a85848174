"""A small scorecard, really trained: 2,000 made-up cases over columns of four families."""

from dataclasses import dataclass, replace
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest

from features.declarations.feature import Family, Feature, Risk, Text, Unit
from models.promotion import champions, promote
from models.promotion.people import add_person
from models.scorecard.compatibility import ThisCode
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.scorecard import Scorecard
from models.scorecard.spec import Calibration, ColumnSpec, Gate, Spec
from models.scorecard.writing import write_scorecard
from tests import promoting

DIGEST = "sha256:" + "1" * 64
JUDGED = {name: Gate(True, f"It holds: {name}.") for name in ("slope", "proposal", "record_groups", "parity", "leaks")}
BEARS_OUT = {
    "platt": {"free_low": 0.6},
    "proposal": {"name": "lightgbm", "written": "lightgbm"},
    "record_groups": {"groups": {"clean_delivery": {"sure": False}}},
    "implementation": {"cases": 50, "cells": 650, "differing": 0},
    "leaks": {"columns": [{"column": "misconducts", "verdict": "passes"}]},
}


def declare(name, code, unit, risk, window=(None,), evidence=()):
    said = None if risk is Risk.UNSIGNED else Text(f"{code} 不利", f"{code} speaks against")
    good = None if risk is Risk.UNSIGNED else Text(f"{code} 有利", f"{code} speaks for")
    return Feature(
        name=name,
        code=code,
        table="milestones",
        formula=lambda m: m.count(),
        unit=unit,
        risk=risk,
        label=Text(name, name),
        doc="Made up.",
        adverse=said,
        favourable=good,
        on="due_on",
        window=window,
        evidence=evidence,
    )


FEATURES = (
    declare("late_delivery_rate", "D101", Unit.RATIO, Risk.RISES, (180, 365, None), evidence=("deliveries",)),
    declare("deliveries", "D102", Unit.COUNT, Risk.UNSIGNED, (365,)),
    declare("no_delivery_history", "D100", Unit.FLAG, Risk.UNSIGNED),
    declare("contracts", "T101", Unit.COUNT, Risk.FALLS, (365, None), evidence=("amount",)),
    declare("amount", "T102", Unit.MONEY, Risk.FALLS, (365,)),
    declare("no_trading_history", "T100", Unit.FLAG, Risk.UNSIGNED),
    declare("misconducts", "I101", Unit.COUNT, Risk.RISES),
    declare("terminations", "I102", Unit.COUNT, Risk.RISES),
    declare("amount_to_history", "R101", Unit.RATIO, Risk.RISES),
    declare("days", "R102", Unit.DAYS, Risk.RISES),
)
FAMILIES = tuple(
    Family(
        letter,
        name,
        Text(name, name),
        ("milestones",),
        f"no_{name}_history" if letter in "DT" else None,
        f"Q0{number}0",
        Text(f"缺少{name}", f"{name} is missing"),
        Text(f"有{name}", f"{name} is there"),
    )
    for number, (letter, name) in enumerate((("D", "delivery"), ("T", "trading"), ("I", "integrity"), ("R", "request")))
)
COLUMNS = tuple(c for f in FEATURES for c in f.columns if c.name != "amount_365d")  # shown as evidence, not an input


@dataclass(frozen=True)
class Made:
    """What a training would hand over."""

    spec: Spec
    booster_text: str
    rows: np.ndarray
    bad: np.ndarray
    catalogue: Catalogue

    @property
    def golden_rows(self):
        names = [c.name for c in self.spec.columns]
        profiles = [dict(zip(names, row.tolist(), strict=True)) for row in self.rows[:24]]
        return [{"profile": {**row, "amount_365d": 1000.0 + i}, "terms": None} for i, row in enumerate(profiles)]

    def write(
        self, folder: Path, *, catalogue=None, rows=None, figures=None, validation=None, provenance=None, **changes
    ) -> str:
        digest, _ = write_scorecard(
            folder,
            replace(self.spec, **changes),
            booster_text=self.booster_text,
            golden_rows=rows or self.golden_rows,
            validation={
                **BEARS_OUT,
                **(validation or {}),
                "figures": figures or {"model": {"auc": 0.8, "brier": 0.1}, "constant": {"auc": 0.5, "brier": 0.2}},
            },
            card=lambda _: "# 评分卡\n",
            provenance=provenance or {"run": "r1", "at": "2026-11-21T09:00:00+08:00"},
            catalogue=catalogue or self.catalogue,
        )
        return digest

    def open(self, folder: Path, **how) -> Scorecard:
        return Scorecard.open(folder, **how)


def sample(n=2000, seed=7):
    rng = np.random.default_rng(seed)
    thin = rng.random(n) < 0.2
    late = np.clip(rng.beta(1, 4, (n, 3)), 0, 1)
    late[rng.random((n, 3)) < 0.3] = 0.0
    late[rng.random(n) < 0.2, 0] = np.nan
    late[thin] = np.nan
    deliveries = np.where(thin, 0, rng.poisson(9, n))
    contracts = rng.poisson(5, (n, 2)).astype(float)
    none = rng.random(n) < 0.1
    contracts[none] = np.nan
    misconduct, ends = rng.poisson(0.15, n), rng.poisson(0.1, n)
    request = np.column_stack([rng.lognormal(-1, 1, n), rng.integers(30, 400, n)])
    rows = np.column_stack([late, deliveries, thin, contracts, none, misconduct, ends, request]).astype(float)
    risk = 3 * np.nan_to_num(late[:, 1], nan=0.4) - 0.2 * np.nan_to_num(contracts[:, 1]) + 1.2 * misconduct
    bad = rng.random(n) < 1 / (1 + np.exp(1.2 - risk - 0.4 * np.log(request[:, 0]) - 0.002 * request[:, 1]))
    return rows, bad.astype(float)


@pytest.fixture(scope="session")
def made() -> Made:
    rows, bad = sample()
    names = [c.name for c in COLUMNS]
    settings = {
        "objective": "binary",
        "num_leaves": 8,
        "max_depth": 4,
        "min_data_in_leaf": 10,
        "monotone_constraints": [c.monotone for c in COLUMNS],
        "deterministic": True,
        "force_row_wise": True,
        "seed": 1,
        "verbose": -1,
    }
    booster = lgb.train(settings, lgb.Dataset(rows, bad, feature_name=names), num_boost_round=40)
    known = {*names, "amount_365d"}
    return Made(
        spec=Spec(
            name="contract-loan",
            unit="request",
            purposes=("contract_loan",),
            outcome="loan_default/v1",
            horizon="loan end + 120 days",
            basis="synthetic",
            columns=tuple(ColumnSpec.of(c, rows[:, j], profile=known) for j, c in enumerate(COLUMNS)),
            features_digest=DIGEST,
            calibration=Calibration(slope=0.93, intercept=-0.11),
            population={"n": len(rows), "bad": int(bad.sum())},
            data={"digest": "sha256:" + "2" * 64},
            libraries={"lightgbm": lgb.__version__},
            gates=JUDGED,
        ),
        booster_text=booster.model_to_string(),
        rows=rows,
        bad=bad,
        catalogue=Catalogue.declared(FEATURES, FAMILIES),
    )


@pytest.fixture(scope="session")
def written(made, tmp_path_factory) -> Path:
    """A candidate folder; not to be changed."""
    folder = tmp_path_factory.mktemp("candidate") / "contract-loan"
    made.write(folder)
    return folder


@pytest.fixture(scope="session")
def scorecard(made, written) -> Scorecard:
    return made.open(written)


@pytest.fixture(scope="session")
def running(made) -> ThisCode:
    """The running code, were these its features."""
    return ThisCode({c.name: c for f in FEATURES for c in f.columns}, lambda _: DIGEST, made.catalogue)


@dataclass(frozen=True)
class Desk:
    """A deployment in which Ada and Ben may sign, and the code that it runs."""

    home: Path
    running: ThisCode

    def propose(self, candidate, by="Ada"):
        return promote.propose(self.home, candidate, by=by, running=self.running)

    def approve(self, serial, by="Ben"):
        return promote.approve(self.home, serial, by=by, running=self.running)

    def promote(self, candidate):
        return self.approve(self.propose(candidate).serial)

    def reject(self, serial, by="Ben", reason="Its sample is too young."):
        return promote.reject(self.home, serial, by=by, reason=reason)

    def rollback(self, purpose="contract_loan", by="Ada", reason="It refuses too many."):
        return promote.rollback(self.home, purpose, by=by, reason=reason, running=self.running)

    def of(self, **changed):
        """The same deployment under other code."""
        return Desk(self.home, replace(self.running, **changed))

    @property
    def ledger(self) -> Path:
        return self.home / "promotions.jsonl"

    @property
    def lines(self) -> list[bytes]:
        return self.ledger.read_bytes().splitlines(keepends=True)

    def open(self, purpose="contract_loan") -> Scorecard:
        """Open the champion as a service does that starts now."""
        champions._cache.clear()
        found = champions.champion(self.home, purpose)
        return Scorecard.open(found.folder, digest=found.digest)


@pytest.fixture
def home(tmp_path) -> Path:
    """A deployment in which Ada and Ben may sign."""
    for name in ("Ada", "Ben"):
        add_person(tmp_path / "home", name)
    return tmp_path / "home"


@pytest.fixture
def desk(home, running) -> Desk:
    return Desk(home, running)


@pytest.fixture(scope="session")
def second(made, tmp_path_factory) -> Path:
    """Another candidate of the same name; not to be changed."""
    folder = tmp_path_factory.mktemp("candidate") / "second"
    made.write(folder, calibration=Calibration(slope=0.9, intercept=-0.1))
    return folder


@pytest.fixture(scope="session")
def third(made, tmp_path_factory) -> Path:
    """One more; not to be changed."""
    folder = tmp_path_factory.mktemp("candidate") / "third"
    made.write(folder, calibration=Calibration(slope=0.8, intercept=-0.1))
    return folder


@pytest.fixture
def damaged(written, tmp_path):
    """Damage a copy of a candidate; see `promoting.damaged`."""

    def damage(**how):
        return promoting.damaged(written, tmp_path / f"damaged-{len(list(tmp_path.iterdir()))}", **how)

    return damage

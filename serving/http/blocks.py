"""Blocks of answers: profiles, served scorecards, data depth, snapshot, sent facts."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from features.declarations.catalogue import column
from features.declarations.data_depth import data_depth, depth_columns
from features.request_facts.sent_facts import SentFacts
from serving import clock
from serving.live.live import LiveScorecard, ProfileSource
from serving.live.slot import SlotState
from serving.profiles.stored import Profile, ProfileRun, StoredProfiles, named


def profile_answer(supplier_id: str, stored: StoredProfiles, profile: Profile) -> dict[str, Any]:
    """Return a stored profile with every column's label, code and unit."""
    values = named(stored.columns, profile.values)
    run = profile.run or stored.last
    return {
        "supplier_id": supplier_id,
        "kind": profile.kind,
        "as_of": clock.write_instant(run.as_of, stored.zone),
        "currency": stored.currency,
        "data_cutoff": run.cutoffs,
        "data_depth": depth_of(stored, profile),
        "snapshot": snapshot_of(stored, run),
        "features_digest": stored.features_digest,
        "columns": {name: _value(name, value) for name, value in values.items()},
    }


def _value(name: str, value: float | None) -> dict[str, Any]:
    feature = column(name).feature
    label = {"zh": feature.label.zh, "en": feature.label.en}
    return {"value": value, "code": feature.code, "unit": feature.unit.value, "label": label}


def scorecard_answer(live: LiveScorecard) -> dict[str, Any]:
    """Return what the API shows of a served scorecard: no trees, no weights of columns."""
    spec = live.scorecard.spec
    block = live.block | {"purpose": live.purpose, "unit": spec.unit, "outcome": spec.outcome, "horizon": spec.horizon}
    return (
        block
        | live.basis_block
        | {
            "scale": spec.scale.id,
            "grades": [_grade(grade, spec.master_scale) for grade in spec.grades],
            "population": dict(spec.population),
            "reason_codes": sorted({one.code for one in spec.columns}),
            "features": len(spec.columns),
        }
    )


def things_block(states: Sequence[SlotState]) -> list[dict[str, Any]]:
    """Return what is wanted and what is served, for each thing and purpose; a field that does not apply is absent."""
    return [{name: value for name, value in asdict(one).items() if value is not None} for one in states]


def _grade(grade: Any, master_scale: str) -> dict[str, Any]:
    block = {"code": grade.code, "pd_low": grade.pd_low, "pd_high": grade.pd_high, "master_scale": master_scale}
    if grade.observed is None:
        return block
    observed = grade.observed
    return block | {
        "observed": {"low": observed.low, "high": observed.high, "level": observed.level, "method": observed.method}
    }


def depth_of(source: ProfileSource, profile: Profile, sent_facts: SentFacts | None = None) -> dict[str, Any]:
    """Return the `data_depth` block of a profile; a table that was sent is not missing."""
    places = {name: source.place[name] for name in depth_columns() if name in source.place}
    missing = source.missing if profile.run is None else profile.run.missing
    missing = [name for name in missing if sent_facts is None or name not in sent_facts.rows]
    return data_depth({name: float(profile.values[at]) for name, at in places.items()}, missing)


def snapshot_of(stored: StoredProfiles, run: ProfileRun) -> dict[str, str]:
    """Return which stored profiles a row was read from, and the facts that it was computed from."""
    return {"facts": run.facts_digest, "profiles": stored.name, "digest": stored.digest}


def facts_block(sent_facts: SentFacts, *, points_without: int | None = None) -> dict[str, Any]:
    """Return the block of an answer that names the facts it was given with, and the points without them."""
    block: dict[str, Any] = {"kind": sent_facts.kind, "rows": dict(sent_facts.rows), "digest": sent_facts.digest}
    unconverted = _unconverted(sent_facts)
    further = {"left_out": sent_facts.left_out, "without_rate": unconverted}
    block |= {name: value for name, value in further.items() if value}
    return block if points_without is None else block | {"points_without": points_without}


def _unconverted(sent_facts: SentFacts) -> int:
    """Return how many sent rows have an amount in a currency without a rate of its day: no feature counts them."""
    tables = [sent_facts.tables[name] for name in sent_facts.rows if name in sent_facts.tables]
    valued = [table for table in tables if {"value", "currency"} <= set(table.column_names)]
    return sum(
        value is None and currency is not None
        for table in valued
        for value, currency in zip(table["value"].to_pylist(), table["currency"].to_pylist(), strict=True)
    )

"""What is shown of profiles and scorecards themselves."""

from typing import Any, Final

from features.declarations.catalogue import column
from features.declarations.data_depth import data_depth
from features.request_facts.sent_facts import SentFacts
from serving import clock
from serving.live.live_scorecard import Card
from serving.profiles.from_facts import DatedProfiles
from serving.profiles.stored import Profile, StoredProfiles, Taken, named

DEPTH_COLUMNS: Final = ("history_contracts", "history_months")


def profile_answer(supplier_id: str, stored: StoredProfiles, profile: Profile) -> dict[str, Any]:
    """Return a stored profile with every column's label, code and unit."""
    values = named(stored.columns, profile.values)
    taken = profile.taken or stored.last
    return {
        "supplier_id": supplier_id,
        "kind": profile.kind,
        "as_of": clock.write_instant(taken.as_of, stored.zone),
        "currency": stored.currency,
        "data_cutoff": taken.cutoffs,
        "data_depth": depth_of(stored, profile),
        "snapshot": snapshot_of(stored, taken),
        "features_digest": stored.features_digest,
        "columns": {name: _value(name, value) for name, value in values.items()},
    }


def _value(name: str, value: float | None) -> dict[str, Any]:
    feature = column(name).feature
    label = {"zh": feature.label.zh, "en": feature.label.en}
    return {"value": value, "code": feature.code, "unit": feature.unit.value, "label": label}


def scorecard_answer(card: Card) -> dict[str, Any]:
    """Return what may be known of a scorecard on duty: never its trees, never a column's weight."""
    spec = card.scorecard.spec
    told = card.block | {"purpose": card.purpose, "unit": spec.unit, "outcome": spec.outcome, "horizon": spec.horizon}
    return (
        told
        | card.standing
        | {
            "scale": spec.scale.id,
            "grades": [_grade(grade, spec.master_scale) for grade in spec.grades],
            "population": dict(spec.population),
            "reason_codes": sorted({one.code for one in spec.columns}),
            "features": len(spec.columns),
        }
    )


def _grade(grade: Any, master_scale: str) -> dict[str, Any]:
    told = {"code": grade.code, "pd_low": grade.pd_low, "pd_high": grade.pd_high, "master_scale": master_scale}
    if grade.observed is None:
        return told
    seen = grade.observed
    return told | {"observed": {"low": seen.low, "high": seen.high, "level": seen.level, "method": seen.method}}


def depth_of(road: StoredProfiles | DatedProfiles, profile: Profile, fresh: SentFacts | None = None) -> dict[str, Any]:
    """Return the `data_depth` block of a profile; a table that was sent is not missing."""
    places = {name: road.place[name] for name in DEPTH_COLUMNS if name in road.place}
    missing = road.missing if profile.taken is None else profile.taken.missing
    missing = [name for name in missing if fresh is None or name not in fresh.rows]
    return data_depth({name: float(profile.values[at]) for name, at in places.items()}, missing)


def snapshot_of(stored: StoredProfiles, taken: Taken) -> dict[str, str]:
    """Return which stored profiles a row was read from, and the facts that it was computed from."""
    return {"facts": taken.facts_digest, "profiles": stored.name, "digest": stored.digest}


def facts_block(fresh: SentFacts) -> dict[str, Any]:
    """Return the block of an answer that names the facts it was given with."""
    told: dict[str, Any] = {"kind": fresh.kind, "rows": dict(fresh.rows), "digest": fresh.digest}
    return told | {"left_out": fresh.left_out} if fresh.left_out else told

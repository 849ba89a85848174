"""What is shown of profiles and scorecards themselves."""

from typing import Any

from features.catalogue import column
from serving import moments
from serving.cards import Card
from serving.profiles import Profile, StoredProfiles, named
from serving.scoring import depth_of, snapshot_of


def profile_answer(supplier_id: str, stored: StoredProfiles, profile: Profile) -> dict[str, Any]:
    """Return a stored profile with every column's label, code and unit."""
    values = named(stored.columns, profile.values)
    taken = profile.taken or stored.last
    return {
        "supplier_id": supplier_id,
        "kind": profile.kind,
        "as_of": moments.write_instant(taken.as_of, stored.zone),
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

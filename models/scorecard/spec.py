"""A scorecard's declaration: the content of `scorecard.json`."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from models.scorecard.grades import GRADES, MASTER_SCALE, Grade, Observed
from models.scorecard.scale import SCALE, Scale

FORMAT = 2
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
CATALOGUE = "rc-3"  # version of the reason catalogue; catalogue_versions.toml holds its digest
Unit = Literal["supplier", "request"]
Basis = Literal["model", "expert", "synthetic"]


@dataclass(frozen=True)
class ColumnSpec:
    """One input of a scorecard, with its distribution in the development sample.

    `low` and `high` are the 0.1 % and 99.9 % quantiles of the non-null values, `median` their median; all three
    are None where the column was null throughout. `evidence` names further profile columns to show beside it.
    """

    name: str
    code: str
    family: str
    unit: str  # count ratio money days number flag
    risk: str  # rises falls unsigned
    low: float | None
    high: float | None
    median: float | None
    nullable: bool = True  # was it ever null in the development sample?
    window_days: int | None = None
    evidence: tuple[str, ...] = ()

    @classmethod
    def of(cls, column: Any, development: Any, *, profile: Collection[str] = ()) -> "ColumnSpec":
        """Describe a `FeatureColumn` by its values in the development sample (NaN is null).

        `profile` names all profile columns: the declared evidence is looked up there, in the column's own window
        before the lifetime.
        """
        values = np.asarray(development, dtype=np.float64)
        known = values[~np.isnan(values)]
        low, median, high = (None, None, None)
        if known.size:
            # Values of the sample, not interpolated ones: a median of counts is a count.
            low, median, high = (float(q) for q in np.quantile(known, (0.001, 0.5, 0.999), method="inverted_cdf"))
        feature = column.feature
        return cls(
            name=column.name,
            code=feature.code,
            family=feature.code[0],
            unit=feature.unit.name.lower(),
            risk=feature.risk.name.lower(),
            low=low,
            high=high,
            median=median,
            nullable=bool(known.size < values.size),
            window_days=column.window_days,
            evidence=_evidence(column, profile),
        )

    @property
    def monotone(self) -> int:
        """The constraint that the booster was fitted under: the sign of risk."""
        return {"rises": 1, "falls": -1}.get(self.risk, 0)


@dataclass(frozen=True)
class Calibration:
    """Platt's affine map from the booster's raw margin to the log-odds of bad."""

    slope: float
    intercept: float

    def log_odds_bad(self, margin: Any) -> Any:
        """Return the calibrated log-odds of bad."""
        return self.intercept + self.slope * margin


@dataclass(frozen=True)
class Gate:
    """A condition for promotion: whether it is met, the figures behind it, and a fix if it is not."""

    passed: bool
    text: str
    mend: str = ""


def failures(judged: Mapping[str, Gate]) -> list[str]:
    """Return one sentence per failed gate, in the order of their names."""
    return [f"Gate {name}: {gate.text} {gate.mend}".strip() for name, gate in sorted(judged.items()) if not gate.passed]


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A scorecard's declaration. It holds no time, no run and no person: the same facts and code give the same bytes.

    Its version is not here either: promotion assigns it, and `approval.json` carries it.
    """

    name: str  # contract-loan
    unit: Unit
    purposes: tuple[str, ...]
    outcome: str  # loan_default/v2
    horizon: str  # loan end + 120 days
    basis: Basis
    columns: tuple[ColumnSpec, ...]  # in the booster's order
    features_digest: str  # of these columns' declarations
    calibration: Calibration
    population: Mapping[str, Any]  # who was in the development sample: text, n, bad, suppliers
    data: Mapping[str, Any]  # facts digest, window, split
    libraries: Mapping[str, str]
    gates: Mapping[str, Gate] = field(default_factory=dict)
    grades: tuple[Grade, ...] = GRADES
    scale: Scale = SCALE
    master_scale: str = MASTER_SCALE
    catalogue: str = CATALOGUE

    def __post_init__(self) -> None:
        names = [c.name for c in self.columns]
        faults = [
            (not NAME.fullmatch(self.name), f"name {self.name!r} is not lower-case words joined by -"),
            (self.unit not in ("supplier", "request"), f"unit {self.unit!r} is neither supplier nor request"),
            (self.basis not in ("model", "expert", "synthetic"), f"basis {self.basis!r} is not known"),
            (not self.purposes, "it serves no purpose"),
            (not names or len(set(names)) != len(names), "its columns are none, or repeat"),
            (any(c.risk not in ("rises", "falls", "unsigned") for c in self.columns), "a column's risk is not known"),
            (not math.isfinite(self.calibration.slope + self.calibration.intercept), "its calibration is not finite"),
            (not _contiguous(self.grades), "its grades do not part the probabilities from 0 to 1"),
        ]
        for wrong, fault in faults:
            if wrong:
                raise ValueError(f"This is not a scorecard: {fault}.")

    def to_json(self) -> dict[str, Any]:
        """Return the declaration as plain JSON values."""
        document = asdict(self)
        for key in ("columns", "grades", "purposes"):
            document[key] = list(document[key])
        for column in document["columns"]:
            column["evidence"] = list(column["evidence"])
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Spec":
        """Read a declaration; an unknown or missing key is an error."""
        values = _exactly(cls, document)
        values["columns"] = tuple(
            ColumnSpec(**{**_exactly(ColumnSpec, c), "evidence": tuple(c["evidence"])}) for c in values["columns"]
        )
        values["purposes"] = tuple(values["purposes"])
        values["calibration"] = Calibration(**_exactly(Calibration, values["calibration"]))
        values["scale"] = Scale(**_exactly(Scale, values["scale"]))
        values["gates"] = {name: Gate(**_exactly(Gate, gate)) for name, gate in values["gates"].items()}
        values["grades"] = tuple(_grade(g) for g in values["grades"])
        return cls(**values)


def _contiguous(grades: Sequence[Grade]) -> bool:
    bounds = [0.0, *(g.pd_high for g in grades)]
    rising = all(low < high for low, high in pairwise(bounds))
    return rising and bounds[-1] == 1.0 and [g.pd_low for g in grades] == bounds[:-1]


def _evidence(column: Any, profile: Collection[str]) -> tuple[str, ...]:
    names = []
    for name in column.feature.evidence:
        for candidate in (f"{name}_{column.window_days}d", name):
            if candidate in profile and candidate != column.name:
                names.append(candidate)
                break
    return tuple(names)


def _grade(document: Mapping[str, Any]) -> Grade:
    observed = document["observed"]
    return Grade(
        **{**_exactly(Grade, document), "observed": Observed(**_exactly(Observed, observed)) if observed else None}
    )


def _exactly(kind: Any, document: Mapping[str, Any]) -> dict[str, Any]:
    declared = {f.name: "float" in str(f.type) for f in fields(kind)}
    if not isinstance(document, Mapping) or set(document) != set(declared):
        raise ValueError(f"{kind.__name__} has unknown or missing keys: {sorted(set(document) ^ set(declared))}")
    # JSON writes 20.0 as 20: restore the type of floats.
    return {k: float(v) if declared[k] and v is not None else v for k, v in document.items()}

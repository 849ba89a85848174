"""A declared outcome: what counts as bad, and the window in which it counts."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from features.declarations.convenience import REASONS
from features.errors import InputError
from training.cases import parameters

DEFINITIONS = Path(__file__).with_name("outcomes.toml")
NEEDS: Mapping[str, tuple[str, ...]] = {
    "loan": ("financings", "repayments"),
    "contract": ("contracts",),
    "given": ("outcomes",),
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One declared outcome.

    Attributes:
        dpd: days past due from which a loan is bad.
        tail_days: how many days after its end a loan can still become bad.
        cap_months: end of the window counted from disbursement, where that is earlier.
        late_days_min: days late from which a contract has failed.
        lag_days: the source's reporting lag.
        convenience: reasons of an amendment that say the buyer ended the contract for its own convenience; by default
            those by which the features read it.
        changed: names of the parameters whose values differ from the declaration.
    """

    name: str
    version: int
    kind: str
    lag_days: int = 0
    dpd: int = 90
    tail_days: int = 120
    cap_months: int | None = None
    late_days_min: int = 91
    convenience: tuple[str, ...] = REASONS
    changed: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Name and version, as a scorecard carries them, and what was changed: `loan_default/v2?dpd=60`."""
        changed = "&".join(f"{name}={parameters.as_text(getattr(self, name))}" for name in self.changed)
        return f"{self.name}/v{self.version}" + (f"?{changed}" if changed else "")

    @property
    def declaration(self) -> dict[str, Any]:
        """The definition of bad as plain JSON."""
        values = {name: getattr(self, name) for name in parameters.names(self.kind)}
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
        return {"id": self.id, "name": self.name, "version": self.version, "kind": self.kind, **plain}

    @property
    def horizon(self) -> str:
        """The end of the outcome window, in words."""
        if self.kind == "given":
            return "as the outcomes table was drawn up"
        if self.kind == "contract":
            return f"contract end + {self.late_days_min} day{'s' * (self.late_days_min != 1)}"
        cap = f", at most {self.cap_months} months" if self.cap_months is not None else ""
        return f"loan end + {self.tail_days} days{cap}"


def outcome(name: str, definitions: Path = DEFINITIONS, *, changes: Mapping[str, str] | None = None) -> Outcome:
    """Read a declared outcome.

    Args:
        name: as declared.
        definitions: the file of declarations.
        changes: parameter values as text, where they differ from the declaration.

    Raises:
        InputError: there is none of that name, its declaration is malformed, or it has no such parameter.
    """
    declared = tomllib.loads(definitions.read_text(encoding="utf-8"))
    if name not in declared:
        raise InputError(f"There is no outcome {name!r}.", fix=f"Declared: {', '.join(sorted(declared))}.")
    entry: dict[str, Any] = declared[name]
    known = {f.name for f in fields(Outcome)} - {"name", "changed"}
    if unknown_keys := [key for key in entry if key not in known]:
        raise InputError(f"Outcome {name!r} has the unknown key {unknown_keys[0]!r}.", where=str(definitions))
    if entry.get("kind") not in NEEDS:
        raise InputError(f"Outcome {name!r} has the kind {entry.get('kind')!r}.", fix=f"Known: {', '.join(NEEDS)}.")
    base = _outcome_of(name, entry, where=str(definitions))
    given = parameters.read(base.kind, changes or {})
    changed = tuple(p for p in parameters.names(base.kind) if p in given and given[p] != getattr(base, p))
    return _outcome_of(name, {**entry, **given, "changed": changed}, where="--outcome-parameter") if changed else base


def _outcome_of(name: str, entry: Mapping[str, Any], *, where: str) -> Outcome:
    try:
        reasons = tuple(reason.lower() for reason in entry.get("convenience", REASONS))
        result = Outcome(name=name, **{**entry, "convenience": reasons})
    except (TypeError, AttributeError) as error:
        raise InputError(f"Outcome {name!r} is malformed: {error}.", where=where) from error
    parameters.check(result.kind, vars(result), where=where)
    return result

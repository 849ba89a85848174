"""Whether this code can serve a scorecard: the columns it computes, its reason catalogue and its scales."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from models.scorecard.grades import GRADES, MASTER_SCALE, Grade
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.scale import SCALE, Scale
from models.scorecard.spec import ColumnSpec, Gate, Spec, failures

_OTHER_CODE = "Train again with this code, or run the code that trained it."


@dataclass(frozen=True)
class ThisCode:
    """What this code declares; scorecards are compared with it.

    Attributes:
        columns: every column that a profile can have here, by name, as declared.
        digest: the features_digest of named columns.
        catalogue: the sentences of reasons.
    """

    columns: Mapping[str, Any]
    digest: Callable[[Sequence[str]], str]
    catalogue: Catalogue
    scale: Scale = SCALE
    master_scale: str = MASTER_SCALE
    grades: tuple[Grade, ...] = GRADES

    @classmethod
    @cache
    def here(cls) -> "ThisCode":
        """Return what this code declares."""
        from features.declarations.catalogue import COLUMNS
        from features.engines.digest import features_digest

        return cls({c.name: c for c in COLUMNS}, features_digest, Catalogue.of_this_code())

    def failed_gates(self, spec: Spec, catalogue: Catalogue | None = None) -> list[str]:
        """Return the failed gates of a declaration, in words; the booster is not loaded.

        `catalogue` is given where a candidate is proposed: its words must then be this code's, so that nobody signs
        sentences that no code declares. A release in service keeps the words it was signed with.
        """
        gates = {
            "columns": self._columns(spec),
            "features": self._features(spec),
            "scale": self._scale(spec),
            "master_scale": self._master_scale(spec),
        }
        if catalogue is not None:
            gates["catalogue"] = self._catalogue(spec, catalogue)
        return failures(gates)

    def _columns(self, spec: Spec) -> Gate:
        differing = list(self._differing_columns(spec))
        if differing:
            return Gate(False, "Columns that this service does not have: " + ", ".join(differing) + ".", _OTHER_CODE)
        return Gate(True, f"All {len(spec.columns)} columns are declared here as they are in the scorecard.")

    def _differing_columns(self, spec: Spec) -> Iterator[str]:
        for column in spec.columns:
            missing = [name for name in (column.name, *column.evidence) if name not in self.columns]
            if missing:
                yield f"{missing[0]} (declared nowhere)"
                continue
            declared = self.columns[column.name]
            if spec.unit == "supplier" and declared.feature.table == "request":
                yield f"{column.name} (of a request, in a scorecard of suppliers)"
            # Code, direction of risk, unit and window decide reasons and constraints, so this code's declaration
            # counts. The values in development are the scorecard's own.
            scorecards_column = replace(column, low=None, median=None, high=None, nullable=False, evidence=())
            if replace(ColumnSpec.of(declared, []), evidence=()) != scorecards_column:
                yield f"{column.name} (declared otherwise)"

    def _features(self, spec: Spec) -> Gate:
        try:
            digest = self.digest([c.name for c in spec.columns])
        except (KeyError, ValueError) as error:
            digest = f"unknown ({error})"
        # Columns that are not declared here have no digest, whatever digest the scorecard states.
        if digest == spec.features_digest and digest.startswith("sha256:"):
            return Gate(True, "The running code computes the columns that it was trained on.")
        text = f"It was trained on features {spec.features_digest}; the running code's are {digest}."
        return Gate(False, text, _OTHER_CODE)

    def _catalogue(self, spec: Spec, catalogue: Catalogue) -> Gate:
        versions = {spec.catalogue, catalogue.version}
        if versions != {self.catalogue.version}:
            text = f"Its reasons are of catalogue {', '.join(sorted(versions))}; this code's are of "
            return Gate(False, f"{text}{self.catalogue.version}.", _OTHER_CODE)
        if differing := catalogue.differing(self.catalogue):
            return Gate(
                False, f"Its reasons are worded otherwise than this code's: {', '.join(differing)}.", _OTHER_CODE
            )
        return Gate(True, f"Its reasons are of catalogue {spec.catalogue}.")

    def _scale(self, spec: Spec) -> Gate:
        if spec.scale == self.scale:
            return Gate(True, f"Its points are on the scale {self.scale.id}.")
        return Gate(False, f"Its points are on {spec.scale}; this service gives points on {self.scale}.", _OTHER_CODE)

    def _master_scale(self, spec: Spec) -> Gate:
        if spec.master_scale == self.master_scale and _bounds(spec.grades) == _bounds(self.grades):
            return Gate(True, f"Its grades are those of the master scale {self.master_scale}.")
        text = f"Its grades are of the master scale {spec.master_scale}, not of {self.master_scale} as declared here."
        return Gate(False, text, _OTHER_CODE)


def _bounds(grades: Sequence[Grade]) -> list[tuple[str, float, float]]:
    return [(grade.code, grade.pd_low, grade.pd_high) for grade in grades]

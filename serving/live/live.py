"""What is served now: scorecards, profiles, and how a scorecard's inputs are picked from a profile. All immutable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from features.declarations.catalogue import column
from features.declarations.request_formulas import TERMS, compiled, reads
from features.engines.digest import computed_here
from features.errors import InputError
from models.errors import ScorecardError
from models.scorecard.score import ScoreResult
from models.scorecard.scorecard import Scorecard
from serving.live.reason_counts import with_counts
from serving.profiles.from_facts import ProfilesFromFacts
from serving.profiles.stored import StoredProfiles

Evidence = Mapping[str, float | None]
ProfileSource = StoredProfiles | ProfilesFromFacts


class InputPicker:
    """Picks a scorecard's inputs from the columns of a profile, and computes its request columns from the terms."""

    def __init__(self, scorecard: Scorecard, columns: Sequence[str]) -> None:
        place = {name: at for at, name in enumerate(columns)}
        wanted = (*scorecard.columns, *scorecard.evidence_columns)
        request_columns = [name for name in wanted if column(name).feature.table == "request"]
        missing = [name for name in wanted if name not in place and name not in request_columns]
        if missing:
            raise InputError(
                f"Scorecard {scorecard.name} needs {missing[0]!r}, which the profiles do not have.",
                fix="Run `supplier-credit profile FACTS --fleet` with this program, or roll the scorecard back.",
            )
        inputs = scorecard.columns
        self._width = len(inputs)
        self._into = np.array([at for at, name in enumerate(inputs) if name in place], dtype=np.intp)
        self._from = np.array([place[name] for name in inputs if name in place], dtype=np.intp)
        self._computed = [(at, name) for at, name in enumerate(inputs) if name not in place]
        self._evidence = list(scorecard.evidence_columns)
        self._place = place
        features = tuple(column(name) for name in request_columns)
        self._steps = compiled(features, tuple(columns)) if features else {}
        read = {name for one in features for name in reads(one.feature, columns)}
        self._read = sorted(read - set(TERMS))

    def vector(self, profile: np.ndarray, terms: Mapping[str, Any] | None) -> tuple[np.ndarray, Evidence]:
        """Return the scorecard's inputs and the further values its reasons may show."""
        values = np.empty(self._width)
        values[self._into] = profile[self._from]
        computed = self._request(profile, terms) if self._steps else {}
        for at, name in self._computed:
            values[at] = computed[name]
        return values, {name: self._evidence_value(name, profile, computed) for name in self._evidence}

    def _request(self, profile: np.ndarray, terms: Mapping[str, Any] | None) -> dict[str, float]:
        inputs = dict(_NO_TERMS) | {name: profile[self._place[name]] for name in self._read} | dict(terms or {})
        with np.errstate(all="ignore"):
            return {name: float(step(inputs)) for name, step in self._steps.items()}

    def _evidence_value(self, name: str, profile: np.ndarray, computed: Mapping[str, float]) -> float | None:
        value = computed[name] if name in computed else float(profile[self._place[name]])
        return None if value != value else value


_NONE = np.array(None, dtype=object)
_NO_TERMS: Mapping[str, Any] = {name: np.float64("nan") if kind == "float64" else _NONE for name, kind in TERMS.items()}


@dataclass(frozen=True)
class LiveScorecard:
    """A scorecard that is served for one purpose.

    Attributes:
        approval_id: the approval or the rollback that made it the champion; None for one that is served unapproved,
            for study.
    """

    purpose: str
    scorecard: Scorecard
    approval_id: str | None

    @property
    def needs_terms(self) -> bool:
        """Whether a request must bring terms."""
        return self.scorecard.spec.unit == "request"

    @property
    def basis_block(self) -> dict[str, Any]:
        """Return the basis, with the failed gates where it is unapproved."""
        if self.approval_id is not None:
            return {"basis": self.scorecard.spec.basis}
        return {"basis": "unapproved", "failed_gates": list(self.scorecard.failed_gates)}

    @property
    def block(self) -> dict[str, Any]:
        """Return the `scorecard` block of an answer."""
        block = {
            "name": self.scorecard.spec.name,
            "version": self.scorecard.version,
            "digest": self.scorecard.digest,
            "features_digest": self.scorecard.spec.features_digest,
        }
        return block if self.approval_id is None else block | {"approval_id": self.approval_id}

    def score(self, values: np.ndarray, evidence: Evidence) -> ScoreResult:
        """Score one vector of inputs; sentences about a rate name its counts."""
        result = self.scorecard.score(values, evidence)
        if result.supplier is None:
            return result
        return replace(result, supplier=result.supplier | {"reasons": with_counts(result.supplier["reasons"])})


def open_live_scorecard(
    folder: Path, purpose: str, *, digest: str | None = None, approval_id: str | None = None
) -> LiveScorecard:
    """Open a scorecard to serve; InputError if it is damaged or its features are not the running code's."""
    try:
        scorecard = Scorecard.open(folder, digest=digest)
    except ScorecardError as error:
        raise InputError(str(error), where=str(folder), fix="Train, propose and approve again.") from error
    if not computed_here(scorecard.spec.features_digest, scorecard.columns):
        raise InputError(
            "This scorecard was trained on other feature declarations than this program's.",
            where=str(folder),
            fix="Train again with this program, or start the version that trained it.",
        )
    return LiveScorecard(purpose, scorecard, approval_id)


def check_units(scorecard: Scorecard, source: ProfileSource, stored: StoredProfiles | None) -> None:
    """Refuse profiles in another currency or time zone than the scorecard's, or than the stored profiles beside them.

    Amounts would be compared with amounts of another currency, and days would begin at another hour.
    """
    data, here = scorecard.spec.data, {"currency": source.currency, "tz": source.zone.key}
    for key, what in (("currency", "currency"), ("tz", "time zone")):
        if data.get(key) not in (None, here[key]):
            raise InputError(
                f"Scorecard {scorecard.name} was trained with the {what} {data[key]}; the profiles have {here[key]}.",
                fix="Promote a scorecard that was trained on facts like these, or import the facts as it was trained.",
            )
    if stored is not None and (source.currency, source.zone.key) != (stored.currency, stored.zone.key):
        raise InputError(
            f"The facts have {source.currency} and {source.zone.key}, the stored profiles {stored.currency} and"
            f" {stored.zone.key}.",
            fix="Run `supplier-credit profile FACTS --fleet` on these facts.",
        )


@dataclass(frozen=True)
class Live:
    """Everything that one request is answered from; a change makes another object.

    Attributes:
        refusals: the purposes that cannot be scored at all, each with the reason; they answer 503, the others go on.
        unbound: the purposes whose scorecard does not fit one source of profiles or both, each with the reason.
    """

    scorecards: Mapping[str, LiveScorecard] = field(default_factory=dict)
    stored: StoredProfiles | None = None
    from_facts: ProfilesFromFacts | None = None
    stored_pickers: Mapping[str, InputPicker] = field(default_factory=dict)
    from_facts_pickers: Mapping[str, InputPicker] = field(default_factory=dict)
    refusals: Mapping[str, InputError] = field(default_factory=dict)
    unbound: Mapping[str, InputError] = field(default_factory=dict)

    def with_pickers(self) -> "Live":
        """Return the same with an input picker for each scorecard and each source of profiles that fit together."""
        stored, not_stored = self._pickers(self.stored)
        from_facts, not_from_facts = self._pickers(self.from_facts)
        unbound = not_from_facts | not_stored
        nowhere = {one: why for one, why in unbound.items() if one not in stored and one not in from_facts}
        return replace(
            self,
            stored_pickers=stored,
            from_facts_pickers=from_facts,
            refusals={**self.refusals, **nowhere},
            unbound=unbound,
        )

    def _pickers(self, source: ProfileSource | None) -> tuple[dict[str, InputPicker], dict[str, InputError]]:
        pickers: dict[str, InputPicker] = {}
        refusals: dict[str, InputError] = {}
        if source is None:
            return pickers, refusals
        for purpose, live in self.scorecards.items():
            try:
                check_units(live.scorecard, source, self.stored)
                pickers[purpose] = InputPicker(live.scorecard, source.columns)
            except InputError as error:
                refusals[purpose] = error
        return pickers, refusals

    @property
    def ready(self) -> bool:
        """Whether any purpose can be scored."""
        return bool(self.stored_pickers or self.from_facts_pickers)

    @property
    def zone(self) -> ZoneInfo:
        """The deployment's time zone."""
        source = self.stored or self.from_facts
        return source.zone if source is not None else ZoneInfo("UTC")

    @property
    def currency(self) -> str | None:
        """The deployment's currency."""
        source = self.stored or self.from_facts
        return source.currency if source is not None else None

"""Scores one request: choose the scorecard, get the profile, score it, and build the answer."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from features.facts.ids import normal_id
from features.request_facts.schema import FactsRefused
from features.request_facts.sent_facts import SentFacts
from ledger.keys import Key
from models.scorecard.score import ScoreResult
from serving import clock
from serving.http.blocks import depth_of, facts_block, snapshot_of
from serving.http.problems import (
    AS_OF_IN_FUTURE,
    AS_OF_NOT_SERVED,
    FACTS_NOT_SERVED,
    FACTS_WITH_AS_OF,
    INVALID_REQUEST,
    PURPOSE_NOT_SERVED,
    TERMS_MISSING,
    UNAVAILABLE,
    Problem,
)
from serving.http.requests import ScoreRequest, Terms
from serving.http.strict_json import canonical
from serving.live.live import Evidence, InputPicker, Live, LiveScorecard, ProfileSource
from serving.profiles.stored import Profile

LATER: Final = {"Retry-After": "60"}
NO_HISTORY: Final = ScoreResult("not_scorable", ("NO_HISTORY",), None)
UNKNOWN_SUPPLIER: Final = ScoreResult("not_scorable", ("UNKNOWN_SUPPLIER",), None)
FACTS_SENT: Final = "FACTS_SENT"
STALE_PROFILE: Final = "STALE_PROFILE"


@dataclass(frozen=True)
class Question:
    """A valid request: who sends it, what it asks, and its request id."""

    caller: Key
    score_request: ScoreRequest
    request_id: str


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A profile, None without a history, with where and when it comes from.

    Attributes:
        sent_facts: the facts that the request brought, where it brought any.
        without_sent: the profile without those facts, None without a history.
        known: whether the imported facts name the supplier; None where no facts are served.
    """

    source: ProfileSource
    picker: InputPicker
    profile: Profile | None
    as_of: datetime
    cutoffs: Mapping[str, Any]
    snapshot: Mapping[str, str]
    sent_facts: SentFacts | None = None
    without_sent: Profile | None = None
    known: bool | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """One score with everything that its answer says."""

    question: Question
    scorecard: LiveScorecard
    view: ProfileView
    result: ScoreResult
    inputs: bytes
    score_id: str
    created: datetime
    evidence: Evidence | None = None
    points_without: int | None = None

    def block(self, operator: Mapping[str, str]) -> dict[str, Any]:
        """Return the answer, its keys in the contract's order."""
        score_request, zone = self.question.score_request, self.view.source.zone
        answer: dict[str, Any] = {"score_id": self.score_id, "request_id": self.question.request_id}
        if score_request.client_reference is not None:
            answer["client_reference"] = score_request.client_reference
        answer["created_at"] = clock.write_instant(self.created, zone)
        answer["as_of"] = clock.write_instant(self.view.as_of, zone)
        answer["status"] = self.result.status
        if self.result.codes:
            answer["codes"] = list(self.result.codes)
        answer |= {
            "purpose": score_request.purpose,
            **self._validity,
            "data_cutoff": self.view.cutoffs,
            "snapshot": self.view.snapshot,
        }
        if self.view.sent_facts is not None:
            answer["facts"] = facts_block(self.view.sent_facts, points_without=self.points_without)
        return answer | {
            "supplier": self._supplier(),
            "scorecard": self.scorecard.block,
            "operator": operator,
            "links": {"self": f"/v1/scores/{self.score_id}"},
        }

    @property
    def _validity(self) -> dict[str, str]:
        """Return the last day of use, by the age of the profile; none for a day that had passed when it was asked."""
        zone = self.view.source.zone
        past = self.view.as_of.astimezone(zone).date() < self.created.astimezone(zone).date()
        if past and self.question.score_request.as_of is not None:
            return {}
        return {"valid_until": clock.valid_until(self.view.as_of, zone)}

    @property
    def columns(self) -> dict[str, str | float | bytes | None]:
        """Return what the answer rests on, as the ledger stores it beside the payload."""
        scored, zone = self.result.supplier or {}, self.view.source.zone
        return {
            "supplier_id": self.question.score_request.supplier_id,
            "purpose": self.question.score_request.purpose,
            "status": self.result.status,
            "points": scored.get("points_exact"),
            "grade": scored["grade"]["code"] if "grade" in scored else None,
            "as_of": clock.write_instant(self.view.as_of, zone),
            "created_at": clock.write_instant(self.created, zone),
            "evidence": None if self.evidence is None else canonical(_plain(self.evidence)),
            "scorecard_digest": self.scorecard.scorecard.digest,
            "features_digest": self.scorecard.scorecard.spec.features_digest,
            "facts_digest": self.view.snapshot["facts"],
            "profiles_digest": self.view.snapshot.get("digest"),
        }

    def _supplier(self) -> dict[str, Any]:
        block: dict[str, Any] = {"supplier_id": self.question.score_request.supplier_id}
        profile = self.view.profile
        if profile is None:
            return block | self.scorecard.basis_block
        block["kind"] = profile.kind
        depth = {"data_depth": depth_of(self.view.source, profile, self.view.sent_facts)}
        if self.result.supplier is None:
            return block | self.scorecard.basis_block | depth
        scored = self.result.supplier | self.scorecard.basis_block
        reasons = scored.pop("reasons")
        return block | scored | depth | {"reasons": reasons}


async def score_of(live: Live, question: Question) -> Score:
    """Return the score that answers a question from what is served; Problem where it cannot be scored."""
    score_request, created = question.score_request, clock.now()
    scorecard = _scorecard(live, score_request)
    view = await _view(live, question, created)
    inputs, evidence, result = _score(scorecard, view, view.profile, score_request)
    points_without = None
    if view.sent_facts is not None:
        without = _score(scorecard, view, view.without_sent, score_request)[2].supplier
        points_without = None if without is None else without["points"]
        result = _limited(result, FACTS_SENT)
    elif score_request.as_of is None and created - view.as_of > timedelta(days=clock.VALID_DAYS):
        result = _limited(result, STALE_PROFILE)
    score_id = f"sc_{secrets.token_hex(16)}"
    return Score(question, scorecard, view, result, inputs, score_id, created, evidence, points_without)


def _limited(result: ScoreResult, code: str) -> ScoreResult:
    """Return a result with a further code: it is not simply `scored` any more. One without points stays as it is."""
    if result.supplier is None:
        return result
    status = "scored_limited" if result.status == "scored" else result.status
    return replace(result, status=status, codes=(*result.codes, code))


def _scorecard(live: Live, score_request: ScoreRequest) -> LiveScorecard:
    scorecard = live.scorecards.get(score_request.purpose)
    if score_request.purpose in live.refusals:
        raise Problem(UNAVAILABLE, headers=LATER)
    if scorecard is None:
        raise Problem(PURPOSE_NOT_SERVED)
    if scorecard.needs_terms and score_request.request is None:
        raise Problem(TERMS_MISSING)
    if not scorecard.needs_terms and score_request.request is not None:
        raise Problem(INVALID_REQUEST, errors=[("#/request", "is not used for this purpose: leave it out")])
    if score_request.request is not None and live.currency not in (None, score_request.request.currency):
        raise Problem(INVALID_REQUEST, errors=[("#/request/currency", "is not the currency of this deployment")])
    return scorecard


async def _view(live: Live, question: Question, now: datetime) -> ProfileView:
    score_request, tenant = question.score_request, question.caller.tenant
    if score_request.facts is not None:
        return await _view_with(score_request.facts, live, question, now)
    if score_request.as_of is None:
        picker = live.stored_pickers.get(score_request.purpose)
        if live.stored is None or picker is None:
            raise Problem(UNAVAILABLE, headers=LATER)
        profile = live.stored.find(normal_id(score_request.supplier_id), tenant, **_named(score_request))
        run = live.stored.last if profile is None or profile.run is None else profile.run
        snapshot, known = snapshot_of(live.stored, run), _known(live, score_request, run.as_of)
        return ProfileView(live.stored, picker, profile, run.as_of, run.cutoffs, snapshot, known=known)
    as_of = clock.read_instant(score_request.as_of, live.zone)
    if as_of is None:
        raise Problem(INVALID_REQUEST, errors=[("#/as_of", "is not a day or time of the calendar")])
    if as_of > now:
        raise Problem(AS_OF_IN_FUTURE)
    if live.from_facts is None:
        raise Problem(AS_OF_NOT_SERVED)
    picker = _facts_picker(live, score_request.purpose)
    profile = await live.from_facts.find(normal_id(score_request.supplier_id), tenant, as_of, **_named(score_request))
    snapshot = {"facts": live.from_facts.digest}
    cutoffs, known = live.from_facts.cutoffs(as_of), _known(live, score_request, as_of)
    return ProfileView(live.from_facts, picker, profile, as_of, cutoffs, snapshot, known=known)


def _known(live: Live, score_request: ScoreRequest, as_of: datetime) -> bool | None:
    return None if live.from_facts is None else live.from_facts.knows(normal_id(score_request.supplier_id), as_of)


def _facts_picker(live: Live, purpose: str) -> InputPicker:
    """Return the picker of a purpose's inputs from facts; Problem 503 where the two do not fit together."""
    picker = live.from_facts_pickers.get(purpose)
    if picker is None:
        raise Problem(UNAVAILABLE, headers=LATER)
    return picker


async def _view_with(facts: Mapping[str, Any], live: Live, question: Question, now: datetime) -> ProfileView:
    score_request, source = question.score_request, live.from_facts
    if score_request.as_of is not None:
        raise Problem(FACTS_WITH_AS_OF)
    if source is None:
        raise Problem(FACTS_NOT_SERVED)
    picker = _facts_picker(live, score_request.purpose)
    try:
        profile, sent_facts, without = await source.find_with(
            facts, normal_id(score_request.supplier_id), question.caller.tenant, now, **_named(score_request)
        )
    except FactsRefused as refused:
        raise Problem(INVALID_REQUEST, errors=refused.errors) from None
    today = now.astimezone(source.zone).date().isoformat()
    cutoffs = source.cutoffs(now) | dict.fromkeys(sorted(sent_facts.rows), today)
    return ProfileView(
        source,
        picker,
        profile,
        now,
        cutoffs,
        {"facts": source.digest},
        sent_facts,
        without,
        _known(live, score_request, now),
    )


def _named(score_request: ScoreRequest) -> dict[str, str | None]:
    """Return the contract and the buyer that the terms name."""
    terms = score_request.request
    if terms is None:
        return {"contract_id": None, "buyer_id": None}
    return {"contract_id": terms.contract_id, "buyer_id": normal_id(terms.buyer_id) if terms.buyer_id else None}


def _score(
    scorecard: LiveScorecard, view: ProfileView, profile: Profile | None, score_request: ScoreRequest
) -> tuple[bytes, Evidence | None, ScoreResult]:
    if profile is None:
        return b"", None, UNKNOWN_SUPPLIER if view.known is False else NO_HISTORY
    terms = _numbers(score_request.request) if scorecard.needs_terms and score_request.request is not None else None
    values, evidence = view.picker.vector(profile.values, terms)
    return values.tobytes(), evidence, scorecard.score(values, evidence)


def _plain(evidence: Evidence) -> dict[str, float | str | None]:
    """Return values that JSON can hold: an infinite one as text."""
    return {name: value if value is None or np.isfinite(value) else repr(value) for name, value in evidence.items()}


def _numbers(terms: Terms) -> dict[str, Any]:
    """Return the terms as formulas read them."""
    numbers: dict[str, Any] = {"amount": np.float64(terms.amount), "days": np.float64(terms.days)}
    numbers["contract_asked"] = np.float64(terms.contract_id is not None)
    if terms.bidders is not None:
        numbers["bidders"] = np.float64(terms.bidders)
    for name in ("category", "method"):
        if (word := getattr(terms, name)) is not None:
            numbers[name] = np.array(word, dtype=object)
    return numbers

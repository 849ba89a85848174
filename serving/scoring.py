"""From a question to a score: pick the scorecard, get the profile, assess it, say it as the contract says."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

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
from serving.live.live import Duty
from serving.live.live_scorecard import Binding, Card
from serving.profiles.from_facts import DatedProfiles
from serving.profiles.stored import Profile, StoredProfiles

NO_HISTORY: Final = ScoreResult("not_scorable", ("NO_HISTORY",), None)


@dataclass(frozen=True)
class Question:
    """A request that may be answered: by whom, what, and under which request id."""

    caller: Key
    asked: ScoreRequest
    request_id: str


@dataclass(frozen=True, slots=True)
class View:
    """What a road delivered: the profile if there is a history, and what is said about where it comes from.

    Attributes:
        fresh: the facts that the request brought, where it brought any.
    """

    road: StoredProfiles | DatedProfiles
    binding: Binding
    profile: Profile | None
    as_of: datetime
    cutoffs: Mapping[str, str]
    snapshot: Mapping[str, str]
    fresh: SentFacts | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """One score with everything that its answer says."""

    question: Question
    card: Card
    view: View
    told: ScoreResult
    inputs: bytes
    score_id: str
    created: datetime

    def block(self, operator: Mapping[str, str]) -> dict[str, Any]:
        """Return the answer, its keys in the contract's order."""
        asked, zone = self.question.asked, self.view.road.zone
        answer: dict[str, Any] = {"score_id": self.score_id, "request_id": self.question.request_id}
        if asked.client_reference is not None:
            answer["client_reference"] = asked.client_reference
        answer["created_at"] = clock.write_instant(self.created, zone)
        answer["as_of"] = clock.write_instant(self.view.as_of, zone)
        answer["status"] = self.told.status
        if self.told.codes:
            answer["codes"] = list(self.told.codes)
        answer |= {
            "purpose": asked.purpose,
            "valid_until": clock.valid_until(self.created, zone),
            "data_cutoff": self.view.cutoffs,
            "snapshot": self.view.snapshot,
        }
        if self.view.fresh is not None:
            answer["facts"] = facts_block(self.view.fresh)
        return answer | {
            "supplier": self._supplier(),
            "scorecard": self.card.block,
            "operator": operator,
            "links": {"self": f"/v1/scores/{self.score_id}"},
        }

    def _supplier(self) -> dict[str, Any]:
        block: dict[str, Any] = {"supplier_id": self.question.asked.supplier_id}
        profile = self.view.profile
        if profile is None:
            return block | self.card.standing
        block["kind"] = profile.kind
        depth = {"data_depth": depth_of(self.view.road, profile, self.view.fresh)}
        if self.told.supplier is None:
            return block | self.card.standing | depth
        scored = self.told.supplier | self.card.standing
        reasons = scored.pop("reasons")
        return block | scored | depth | {"reasons": reasons}


async def score_of(duty: Duty, question: Question) -> Score:
    """Return the score that answers a question under what is on duty, or the Problem that stands in its way."""
    asked, created = question.asked, clock.now()
    card = _card(duty, asked)
    view = await _view(duty, question, created)
    inputs, told = _assess(card, view, asked)
    return Score(question, card, view, told, inputs, f"sc_{secrets.token_hex(16)}", created)


def _card(duty: Duty, asked: ScoreRequest) -> Card:
    card = duty.cards.get(asked.purpose)
    if card is None:
        raise Problem(PURPOSE_NOT_SERVED)
    if card.needs_terms and asked.request is None:
        raise Problem(TERMS_MISSING)
    if asked.request is not None and duty.currency not in (None, asked.request.currency):
        raise Problem(INVALID_REQUEST, errors=[("#/request/currency", "is not the currency of this deployment")])
    return card


async def _view(duty: Duty, question: Question, now: datetime) -> View:
    asked, tenant = question.asked, question.caller.tenant
    if asked.facts is not None:
        return await _view_with(asked.facts, duty, question, now)
    if asked.as_of is None:
        if duty.stored is None:
            raise Problem(UNAVAILABLE, headers={"Retry-After": "60"})
        profile = duty.stored.find(asked.supplier_id, tenant)
        binding = duty.bound_stored[asked.purpose]
        taken = duty.stored.last if profile is None or profile.taken is None else profile.taken
        return View(duty.stored, binding, profile, taken.as_of, taken.cutoffs, snapshot_of(duty.stored, taken))
    as_of = clock.read_instant(asked.as_of, duty.zone)
    if as_of is None:
        raise Problem(INVALID_REQUEST, errors=[("#/as_of", "is not a day or time of the calendar")])
    if as_of > now:
        raise Problem(AS_OF_IN_FUTURE)
    if duty.dated is None:
        raise Problem(AS_OF_NOT_SERVED)
    profile = await duty.dated.find(asked.supplier_id, tenant, as_of)
    snapshot = {"facts": duty.dated.digest}
    return View(duty.dated, duty.bound_dated[asked.purpose], profile, as_of, duty.dated.cutoffs(as_of), snapshot)


async def _view_with(facts: Mapping[str, Any], duty: Duty, question: Question, now: datetime) -> View:
    asked, dated = question.asked, duty.dated
    if asked.as_of is not None:
        raise Problem(FACTS_WITH_AS_OF)
    if dated is None:
        raise Problem(FACTS_NOT_SERVED)
    try:
        profile, fresh = await dated.find_with(facts, asked.supplier_id, question.caller.tenant, now)
    except FactsRefused as refused:
        raise Problem(INVALID_REQUEST, errors=refused.errors) from None
    today = now.astimezone(dated.zone).date().isoformat()
    cutoffs = dated.cutoffs(now) | dict.fromkeys(sorted(fresh.rows), today)
    return View(dated, duty.bound_dated[asked.purpose], profile, now, cutoffs, {"facts": dated.digest}, fresh)


def _assess(card: Card, view: View, asked: ScoreRequest) -> tuple[bytes, ScoreResult]:
    if view.profile is None:
        return b"", NO_HISTORY
    terms = _numbers(asked.request) if card.needs_terms and asked.request is not None else None
    values, evidence = view.binding.vector(view.profile.values, terms)
    return values.tobytes(), card.assess(values, evidence)


def _numbers(terms: Terms) -> dict[str, Any]:
    """Return the terms as formulas read them."""
    told: dict[str, Any] = {"amount": np.float64(terms.amount), "days": np.float64(terms.days)}
    if terms.bidders is not None:
        told["bidders"] = np.float64(terms.bidders)
    for name in ("category", "method"):
        if (word := getattr(terms, name)) is not None:
            told[name] = np.array(word, dtype=object)
    return told

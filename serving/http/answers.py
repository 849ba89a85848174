"""Types of the answers, as OpenAPI shows them; the tests check every answer against them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class Shown(BaseModel):
    """A block of an answer; a field that does not apply is absent, never null."""

    model_config = ConfigDict(extra="forbid")


class Words(Shown):
    """A sentence in both languages."""

    zh: str
    en: str


class Reason(Shown):
    """A coded reason, its share of the points, and the values behind it."""

    code: str
    points: float
    text: Words
    evidence: dict[str, float | int | None]


class OtherPoints(Shown):
    """Points of one family of features that no reason shows; `rounding` is what the rounding to tenths leaves."""

    family: str
    label: Words
    points: float


class Reasons(Shown):
    """Base, reasons and other points; as shown they add up to `points`."""

    base_points: float
    adverse: list[Reason] = Field(max_length=4)
    favourable: list[Reason] = Field(max_length=4)
    other_points: float
    other: list[OtherPoints] | None = Field(None, description="`other_points` by family; they add up to it.")
    reference: str
    catalogue: str


class Observed(Shown):
    """Observed default rate of the development sample in this grade, with its interval."""

    low: float
    high: float
    level: float
    method: str


class Grade(Shown):
    """A fixed interval of PD."""

    code: str
    pd_low: float
    pd_high: float
    master_scale: str
    observed: Observed | None = None


class DataDepth(Shown):
    """How much data the profile is computed from."""

    contracts: int = Field(ge=0)
    months: int = Field(ge=0)
    missing: list[str] = Field(description="Tables of which this deployment has no facts.")
    suspicions: list[str] = Field(
        description="Codes of facts of this supplier that look wrong, such as `STAND_IN_ID`; known by `as_of`."
    )


class SupplierBlock(Shown):
    """The supplier's risk; without points where it was not scored."""

    supplier_id: str
    kind: Literal["legal_person", "sole_trader", "other"] | None = None
    points: int | None = None
    points_exact: float | None = None
    scale: str | None = None
    pd: float | None = None
    outcome: str | None = None
    horizon: str | None = None
    grade: Grade | None = None
    basis: Literal["model", "expert", "synthetic", "unapproved"] | None = None
    failed_gates: list[str] | None = Field(None, description="Only where the basis is `unapproved`.")
    data_depth: DataDepth | None = None
    reasons: Reasons | None = None


class ScorecardBlock(Shown):
    """Which scorecard answered."""

    name: str
    version: str
    digest: Digest
    features_digest: Digest
    approval_id: str | None = None


class Operator(Shown):
    """The operator of the service."""

    name: str
    filing: str | None = None
    notice: str


class Links(Shown):
    """Addresses of this answer."""

    self: str


class Snapshot(Shown):
    """What the profile was computed from, so that a score can be computed again."""

    facts: Digest = Field(description="Digest of the imported facts.")
    profiles: str | None = Field(None, description="Folder name of the stored profiles that were used.")
    digest: Digest | None = Field(None, description="Digest of that folder's manifest.")


class SentFacts(Shown):
    """The facts sent with the request, used for this answer alone; known one microsecond before `as_of`."""

    kind: Literal["canonical", "ocds"]
    rows: dict[str, int] = Field(description="Rows used, by table; a row sent twice counts once.")
    digest: Digest = Field(description="SHA-256 of `facts` as JSON with sorted keys, without spaces, in UTF-8.")
    left_out: int | None = Field(
        None, description="Rows of an OCDS package about other suppliers, or with references to unknown objects."
    )
    without_rate: int | None = Field(
        None, description="Rows whose amount has no exchange rate of its day: their amounts count nowhere."
    )
    points_without: int | None = Field(
        None, description="The points without these facts; absent where the supplier is not scorable without them."
    )


class SourceEntry(Shown):
    """One source of the register: who publishes it, by which authorisation, how fresh it is."""

    name: str = Field(description="As in the column `source` of the facts; empty for rows without one.")
    publisher: str
    authorisation: str
    authorised_from: Day
    authorised_until: Day | None = None
    freshness_days: int | None = Field(None, description="Days after which its newest fact is no longer fresh.")
    latest: Day | None = Field(None, description="Day of its newest fact, where that was known by `as_of`.")


Cutoffs = Annotated[
    dict[str, Day | list[SourceEntry]],
    Field(
        description="Last day of facts in each table that the profile was computed from;"
        " `sources`: the operator's register of sources, where there is one."
    ),
]


class ScoreAnswer(Shown):
    """A score: recorded before it was sent."""

    score_id: str
    request_id: str
    client_reference: str | None = None
    created_at: Time
    as_of: Time
    status: Literal["scored", "scored_limited", "not_scorable"]
    codes: list[str] | None = Field(None, description="Reasons for a status other than `scored`.")
    purpose: str
    valid_until: Day | None = Field(
        None, description="30 days after the profile's `as_of`; absent where a past `as_of` was asked for."
    )
    data_cutoff: Cutoffs
    snapshot: Snapshot | None = None
    facts: SentFacts | None = None
    supplier: SupplierBlock
    scorecard: ScorecardBlock
    operator: Operator
    links: Links


class ProfileValue(Shown):
    """One column of a profile."""

    value: float | None
    code: str
    unit: Literal["count", "ratio", "money", "days", "number", "flag"]
    label: Words


class ProfileAnswer(Shown):
    """A supplier's stored profile, as the tenant of the key sees it."""

    supplier_id: str
    kind: Literal["legal_person", "sole_trader", "other"]
    as_of: Time
    currency: str
    data_cutoff: Cutoffs
    data_depth: DataDepth
    snapshot: Snapshot
    features_digest: Digest
    columns: dict[str, ProfileValue]


class ServedScorecard(ScorecardBlock):
    """A served scorecard."""

    purpose: str
    unit: Literal["supplier", "request"]
    outcome: str
    horizon: str
    basis: Literal["model", "expert", "synthetic", "unapproved"]
    failed_gates: list[str] | None = None
    scale: str
    grades: list[Grade]
    population: dict[str, object]
    reason_codes: list[str]
    features: int


class Thing(Shown):
    """One thing that is served, or should be: what is wanted, what is served, and why the two differ."""

    thing: Literal["promotions", "scorecard", "profiles", "facts"]
    purpose: str | None = Field(None, description="Of a scorecard.")
    wanted: str | None = Field(None, description="Digest, or name of the stored profiles, of what should be served.")
    served: str | None = Field(None, description="The same of what is served; absent where nothing is.")
    error: str | None = Field(None, description="Why what is wanted is not served.")
    retry_in: int | None = Field(None, ge=0, description="Seconds until it is tried again.")


class ScorecardAnswer(Shown):
    """Every served scorecard, by purpose."""

    scorecards: list[ServedScorecard]
    things: list[Thing]


class Health(Shown):
    """What the service is ready for."""

    status: Literal["alive", "ready", "degraded"]
    purposes: list[str] | None = Field(None, description="The purposes that can be scored.")
    stored_profiles: Time | None = None
    facts: bool | None = None
    sqlite: str | None = None
    things: list[Thing] | None = None


class ProblemError(Shown):
    """One place in the request that is wrong."""

    pointer: str
    detail: str


class ProblemAnswer(Shown):
    """RFC 9457; it never repeats a value of the request."""

    type: str
    title: str
    status: int
    request_id: str
    errors: list[ProblemError] | None = None

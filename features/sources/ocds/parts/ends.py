"""The end of a contract or milestone, which OCDS gives only in part.

OCDS' `terminated` covers success and early end; `cancelled` means stopped before conclusion. Neither has a date. From
version 1.2 a final status tells success (`terminatedSuccessfully`) from early end (`terminatedEarly`). Only this module
derives `end_state` from them.
"""

from features.sources.ocds.context import Release
from features.sources.ocds.shapes import Json, Substitute, day, named, statuses, texts

_RESULTS = {"partiallyMet": "partial", "notMet": "failed"}


def end_of(release: Release, contract: Json, period: Json, milestones: list[Json], pointer: str) -> dict[str, object]:
    """Return `end_state` and `ended_on`.

    A contract terminated on or after its planned end, or with all its milestones met, was completed; a contract
    terminated before was ended early, on the date of the first release with that status. Both dates are substitutes.
    From a release dated before the contract starts, or older than what it reports, the end is unknown.
    """
    codes, since = statuses(contract), release.since
    starts, ends = (day(texts(period, n, "")) for n in ("startDate", "endDate"))
    is_past_end = bool(ends) and since[:10] >= str(ends)[:10]
    if "cancelled" in codes:
        return {"end_state": "cancelled", "ended_on": since}
    if "terminatedEarly" in codes:
        return {"end_state": "terminated_early", "ended_on": Substitute(ends) if is_past_end else since}
    if "terminatedSuccessfully" in codes:
        return {"end_state": "completed", "ended_on": Substitute(ends) if is_past_end else since}
    if "terminated" not in codes:
        return {}
    delivered = bool(milestones) and all(named(m, "status") == "met" for m in milestones)
    is_early = bool(ends) and not is_past_end
    if (starts and since[:10] < starts[:10]) or (release.is_older and is_early and not delivered):
        release.note("END_UNKNOWN", pointer)
        return {}
    if is_early and not delivered:
        release.note("ENDED_EARLY", pointer)
        return {"end_state": Substitute("terminated_early"), "ended_on": since}
    return {"end_state": Substitute("completed"), "ended_on": Substitute(ends) if is_past_end else since}


def milestone_end(release: Release, milestone: Json, at: str) -> dict[str, str] | None:
    """Return `met_on` and `result`; None for a milestone that was met, but unknown whether in time.

    Version 1.0 dates a met milestone by `dateModified`. Without either date, a milestone met by the day of its release
    was in time if it was not yet due then; otherwise, or if the release is older than what it reports, it is unknown.
    A partly met milestone without a date is open.
    """
    status = named(milestone, "status")
    met = day(texts(milestone, "dateMet", at))
    if met is None and status == "met":
        met = day(texts(milestone, "dateModified", at))
        due = day(texts(milestone, "dueDate", at))
        if met is None and (due is None or due[:10] < release.known_at[:10] or release.is_older):
            return None
        met = met or release.since
    if met is None:
        return {}
    return {"met_on": met, "result": _RESULTS.get(status or "", "passed")}

"""The end of a contract or milestone, which OCDS gives only in part.

OCDS' `terminated` covers success and early end; `cancelled` means stopped before conclusion. Neither has a date. Only
this module derives `end_state` from them.
"""

from collections import Counter

from features.sources.ocds.shapes import Json, Substitute, day, named, texts

_RESULTS = {"partiallyMet": "partial", "notMet": "failed"}


def end_of(
    contract: Json, period: Json, known_at: Substitute, milestones: list[Json], notes: Counter[str]
) -> dict[str, object]:
    """Return `end_state` and `ended_on`.

    A contract terminated on or after its planned end, or with all its milestones met, was completed; a contract
    terminated before was ended early, on the date of the first release with that status. Both dates are substitutes.
    From a release dated before the contract starts, the end is unknown.
    """
    status = named(contract, "status")
    starts, ends = (day(texts(period, n, "")) for n in ("startDate", "endDate"))
    if status == "cancelled":
        return {"end_state": "cancelled", "ended_on": known_at}
    if status != "terminated":
        return {}
    if starts and known_at[:10] < starts[:10]:
        notes["a contract terminated before it starts: how it ended is unknown"] += 1
        return {}
    early = bool(ends) and known_at[:10] < str(ends)[:10]
    delivered = bool(milestones) and all(named(m, "status") == "met" for m in milestones)
    if early and not delivered:
        notes["a contract terminated before its planned end counts as ended early, on its release's date"] += 1
        return {"end_state": Substitute("terminated_early"), "ended_on": known_at}
    return {"end_state": Substitute("completed"), "ended_on": known_at if early or not ends else Substitute(ends)}


def milestone_end(milestone: Json, at: str, known_at: Substitute) -> dict[str, str] | None:
    """Return `met_on` and `result`; None for a milestone that was met, but unknown whether in time.

    Version 1.0 dates a met milestone by `dateModified`. Without either date, a milestone met by the day of its release
    was in time if it was not yet due then; otherwise it is unknown. A partly met milestone without a date is open.
    """
    status = named(milestone, "status")
    met = day(texts(milestone, "dateMet", at))
    if met is None and status == "met":
        met = day(texts(milestone, "dateModified", at))
        due = day(texts(milestone, "dueDate", at))
        if met is None and (due is None or due[:10] < known_at[:10]):
            return None
        met = met or known_at
    if met is None:
        return {}
    return {"met_on": met, "result": _RESULTS.get(status or "", "passed")}

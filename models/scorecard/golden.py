"""Golden cases: profiles with the answers that a scorecard gave when it was written and must always give."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from models.canonical_json import canonical, read_canonical
from models.errors import ScorecardError

CASES_MIN = 20
TOLERANCE = 1e-9

Profile = Mapping[str, float | None]
Answer = Callable[[Profile], dict[str, Any]]


def write_golden(cases: Iterable[Mapping[str, Any]], answer: Answer) -> bytes:
    """Return golden.jsonl: each case with its present answer."""
    lines = []
    for number, case in enumerate(cases, start=1):
        profile = {name: _number(value) for name, value in case["profile"].items()}
        terms = {k: str(v) if isinstance(v, Decimal) else v for k, v in (case.get("terms") or {}).items()}
        line = {"case": number, "profile": profile, "answer": answer(profile_of(profile, terms))}
        lines.append(canonical(line | ({"terms": terms} if terms else {})))
    if len(lines) < CASES_MIN:
        raise ValueError(f"A scorecard needs {CASES_MIN} golden cases or more; {len(lines)} were given.")
    return b"\n".join(lines) + b"\n"


def replay_golden(content: bytes, answer: Answer) -> int:
    """Answer every golden case again and return their number.

    Raises:
        ScorecardError: an answer differs: a number by more than 1e-9, or anything else at all.
    """
    cases = read_golden(content)
    if len(cases) < CASES_MIN:
        raise ScorecardError(f"Gate golden: {len(cases)} golden cases, {CASES_MIN} are needed. Train again.")
    for case in cases:
        new_answer = answer(profile_of(case["profile"], case.get("terms", {})))
        where = difference(case["answer"], new_answer)
        if where is not None:
            raise ScorecardError(
                f"Gate golden: case {case['case']} is no longer answered as it was, at {where}. "
                "Run the code and libraries that the scorecard was written with, or train it again."
            )
    return len(cases)


def read_golden(content: bytes) -> list[dict[str, Any]]:
    """Parse golden.jsonl."""
    try:
        return [read_canonical(line) for line in content.splitlines()]
    except ValueError as error:
        raise ScorecardError("golden.jsonl is not canonical JSON Lines. Use a folder as it was written.") from error


def profile_of(profile: Profile, terms: Mapping[str, Any]) -> Profile:
    """Return the profile with its request columns computed from the terms, as serving does."""
    if not terms:
        return profile
    from features.declarations.catalogue import COLUMNS
    from features.declarations.request_formulas import request_values
    from features.profiles.build import one_request

    request_columns = [c for c in COLUMNS if c.feature.table == "request" and c.name in profile]
    facts = {c.name for c in COLUMNS if c.feature.table != "request"} & profile.keys()
    known = {name: np.array([profile[name]], dtype=np.float64) for name in sorted(facts)}
    computed = request_values(request_columns, one_request(terms), known, 1)
    return {**profile, **{name: _number(values[0]) for name, values in computed.items()}}


def vector(columns: Sequence[str], profile: Profile) -> np.ndarray:
    """Return a profile as a scorecard's inputs, in order: NaN for null, an error for an absent column."""
    try:
        values = [profile[name] for name in columns]
    except KeyError as error:
        raise ScorecardError(f"The profile has no column {error.args[0]!r}.") from error
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def difference(old: Any, new: Any, path: str = "answer") -> str | None:
    """Return where two answers differ, or None: numbers to 1e-9, text exactly."""
    if isinstance(old, dict) and isinstance(new, dict):
        if old.keys() != new.keys():
            return f"{path}: {sorted(old.keys() ^ new.keys())}"
        pairs = [(f"{path}.{key}", old[key], new[key]) for key in old]
    elif isinstance(old, list) and isinstance(new, list | tuple):
        if len(old) != len(new):
            return f"{path}: {len(old)} against {len(new)} entries"
        pairs = [(f"{path}[{i}]", a, b) for i, (a, b) in enumerate(zip(old, new, strict=True))]
    elif isinstance(old, bool | str | None) or isinstance(new, bool | str | None):
        return None if type(old) is type(new) and old == new else path
    else:
        return None if abs(old - new) <= TOLERANCE else path
    return next((place for where, a, b in pairs if (place := difference(a, b, where))), None)


def _number(value: Any) -> float | None:
    """Return a number for JSON: NaN, which JSON does not have, becomes None."""
    return None if value is None or value != value else float(value)

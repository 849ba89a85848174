"""Verdict of the written rules on a validation: overall, by part, and as findings."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from features.declarations.feature import Text
from training.validation.rules.rule import MILDER, Severity
from training.validation.rules.rules import C1, D1
from training.validation.rules.sentences import OF_RISK, Ruling
from training.validation.rules.sentences_of_use import OF_USE
from training.validation.rules.verdicts import BAD, GOOD, NOT_EVALUABLE, WATCH, Verdict, of_part

CORE = (D1.number, C1.number)  # without these two a scorecard cannot be judged
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")
OVERALL: Mapping[Verdict, Text] = {
    GOOD: Text("合格：没有严重或中等的问题。", "Good: no finding is high or medium."),
    WATCH: Text("关注：有中等问题，没有严重问题。", "Watch: a finding is medium, none is high."),
    BAD: Text("不合格：存在严重问题。", "Bad: a finding is high."),
    NOT_EVALUABLE: Text(
        "无法评估：排序能力（D1）或整体校准（C1）无从判断。",
        "Not evaluable: discrimination (D1) or calibration in all (C1) cannot be judged.",
    ),
}


def judged(parts: Mapping[str, Any]) -> tuple[Ruling, ...]:
    """Every rule's verdict on the parts of a validation, in the order of the rules."""
    return tuple(say(parts) for say in (*OF_RISK, *OF_USE))


def findings(rulings: Sequence[Ruling]) -> list[dict[str, Any]]:
    """Findings, the most severe first: the rules whose verdict is bad or watch.

    A core rule that could not be judged is a finding too, of medium severity: it calls for more outcomes.
    """
    entries = []
    for ruling in rulings:
        severity = _severity(ruling)
        if severity is not None:
            mend = MORE if ruling.verdict == NOT_EVALUABLE else ruling.mend
            entries.append(
                {
                    "rule": ruling.rule.number,
                    "part": ruling.rule.part,
                    "severity": severity,
                    "verdict": ruling.verdict,
                    "text": _numbered(ruling),
                    "mend": asdict(mend),
                }
            )
    return sorted(entries, key=lambda f: SEVERITIES.index(f["severity"]))  # stable: then in the order of the rules


def verdict(rulings: Sequence[Ruling], found_problems: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The overall verdict (rule V1), each part's, and every rule with its limits.

    V1: not evaluable if D1 or C1 is; else bad with a high finding, watch with a medium one, good otherwise.
    """
    severities = {finding["severity"] for finding in found_problems}
    overall: Verdict = BAD if "high" in severities else WATCH if "medium" in severities else GOOD
    if any(ruling.verdict == NOT_EVALUABLE for ruling in rulings if ruling.rule.number in CORE):
        overall = NOT_EVALUABLE
    parts: dict[str, list[Verdict]] = {}
    for ruling in rulings:
        parts.setdefault(ruling.rule.part, []).append(ruling.verdict)
    return {
        "overall": overall,
        "rule": "V1",
        "text": asdict(OVERALL[overall]),
        "parts": {name: of_part(verdicts) for name, verdicts in parts.items()},
        "rules": [_ruling_json(ruling) for ruling in rulings],
    }


MORE = Text("积累更多已到期的表现后再验证", "Validate again with more matured outcomes")


def _severity(ruling: Ruling) -> Severity | None:
    if ruling.verdict == BAD:
        return ruling.rule.severity
    if ruling.verdict == WATCH:
        return MILDER[ruling.rule.severity]
    return "medium" if ruling.verdict == NOT_EVALUABLE and ruling.rule.number in CORE else None


def _ruling_json(ruling: Ruling) -> dict[str, Any]:
    rule = ruling.rule
    return {
        "rule": rule.number,
        "part": rule.part,
        "verdict": ruling.verdict,
        "text": _numbered(ruling),
        "about": asdict(rule.about),
        "limits": dict(rule.limits),
        "reason": asdict(rule.reason),
    }


def _numbered(ruling: Ruling) -> dict[str, str]:
    number = ruling.rule.number
    return {"zh": f"{ruling.text.zh[:-1]}（规则{number}）。", "en": f"{ruling.text.en[:-1]} (rule {number})."}

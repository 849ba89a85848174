"""Limits: the gates, the check for leaks, the findings, and the conclusions that the data do not allow."""

from collections.abc import Mapping, Sequence
from typing import Any

from models.scorecard.spec import Gate
from training import numbers
from training.card.markdown import bullets, paragraphs, plain, table
from training.card.words import Words

GRAVE = ("high", "medium")  # severities of the findings that a card lists


def gates(words: Words, judged: Mapping[str, Gate]) -> str:
    """Every gate: its condition, whether it passed, and its record, which is in English only."""
    rows = []
    for name, gate in sorted(judged.items()):
        record = f"{gate.text} {gate.mend}" if not gate.passed else gate.text
        passed = words("tested.passed" if gate.passed else "tested.failed")
        rows.append((f"`{name}`", words.meaning("gate_asks", name), passed, plain(numbers.tidied(record))))
    head = words.heads("tested.gate", "tested.asks", "tested.judged", "tested.recorded")
    return paragraphs(words("tested.gates"), table(head, rows))


def leaks(words: Words, check: Mapping[str, Any]) -> str:
    """The limits of the check, its warnings, and every accepted leak with its reason."""
    listed: Sequence[Mapping[str, Any]] = check["columns"]
    if not listed:
        return paragraphs(words("tested.leaks"), words("tested.no_leaks"))
    first = listed[0]
    summary = words(
        "tested.leaks_are",
        stop=words.figure(check["stop_above"], "two"),
        warn=words.figure(check["warn_above"], "two"),
        n=f"{check['judged']:,}",
        column=first["column"],
        auc=words.figure(first["auc"], "three"),
    )
    lines = [_leak(words, leak) for leak in listed if leak["verdict"] in ("warn", "accepted")]
    accepted = any(leak["verdict"] == "accepted" for leak in listed)
    return paragraphs(words("tested.leaks"), summary, bullets(lines), "" if accepted else words("tested.none_accepted"))


def limits(words: Words, validation: Mapping[str, Any]) -> str:
    """Conclusions that the data do not allow, and findings of high or medium severity."""
    lines = [numbers.tidied(sentence[words.lang]) for sentence in validation["cannot_conclude"]]
    findings = [f for f in validation.get("findings", ()) if f["severity"] in GRAVE]
    lines += [
        words(
            "tested.finding",
            severity=words(f"severity.{finding['severity']}"),
            text=plain(numbers.tidied(finding["text"][words.lang])),
            mend=finding["mend"][words.lang],
        )
        for finding in findings
    ]
    if not findings and "findings" in validation:
        lines.append(words("tested.no_findings"))
    return paragraphs(words("tested.limits"), bullets(lines))


def _leak(words: Words, leak: Mapping[str, Any]) -> str:
    return words(
        "tested.accepted" if leak["verdict"] == "accepted" else "tested.warned",
        column=leak["column"],
        what=words(f"names.{leak['what']}"),
        auc=words.figure(leak["auc"], "three"),
        between=words.between(leak, "three"),
        reason=plain(leak["reason"]),
    )

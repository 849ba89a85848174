"""Part 12, limits: what the scorecard cannot do, what was found, and what these data do not allow to say."""

from training.report.blocks import Block, Bullets, Part, Prose, Sub
from training.report.report_input import Told
from training.report.tables.findings import findings, severities
from training.report.words import Words

LIMITS = ("selection", "synthetic", "causes", "latest", "economy", "overrides")


def limits(told: Told, words: Words) -> Part:
    """Limits, findings with a date to be filled in, and what cannot be concluded."""
    known = [name for name in LIMITS if name != "synthetic" or told.spec.data["synthetic"]]
    blocks: list[Block] = [
        Bullets([words(f"limits.{name}") for name in known]),
        Sub(words("limits.findings"), words("limits.findings_lead")),
    ]
    if told.validation["findings"]:
        blocks.append(findings(told, words, due=True))
    else:
        blocks.append(Prose(words("findings.none")))
    cannot = told.validation["cannot_conclude"]
    blocks.append(Sub(words("limits.cannot"), words("limits.cannot_lead")))
    blocks.append(Bullets([words.said(s) for s in cannot]) if cannot else Prose(words("limits.enough")))
    return Part("part-12", "12", words("limits.name"), severities(told, words), words("limits.lead"), blocks)

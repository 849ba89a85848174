"""Part 12, limits: limits of the scorecard, all findings, and conclusions that the data do not allow."""

from training.report.blocks import Block, Bullets, Part, Prose, Sub
from training.report.report_input import ReportInput
from training.report.tables.findings import findings, severities
from training.report.words import Words

LIMITS = ("selection", "synthetic", "causes", "latest", "economy", "overrides")


def limits(report: ReportInput, words: Words) -> Part:
    """Limits, findings with an empty column for the due date, and conclusions that the data do not allow."""
    known = [name for name in LIMITS if name != "synthetic" or report.spec.data["synthetic"]]
    blocks: list[Block] = [
        Bullets([words(f"limits.{name}") for name in known]),
        Sub(words("limits.findings"), words("limits.findings_lead")),
    ]
    if report.validation["findings"]:
        blocks.append(findings(report, words, due=True))
    else:
        blocks.append(Prose(words("findings.none")))
    cannot = report.validation["cannot_conclude"]
    blocks.append(Sub(words("limits.cannot"), words("limits.cannot_lead")))
    blocks.append(Bullets([words.tidied(s) for s in cannot]) if cannot else Prose(words("limits.enough")))
    return Part("part-12", "12", words("limits.name"), severities(report, words), words("limits.lead"), blocks)

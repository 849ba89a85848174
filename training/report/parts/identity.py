"""Part 1, identity: the scorecard, the people responsible for it, its scope and its forbidden uses."""

from training import numbers
from training.report.blocks import Bullets, Facts, Lines, Part, Sub
from training.report.report_input import ReportInput
from training.report.tables.cells import table
from training.report.words import Words

PEOPLE = ("owner", "developer", "validator", "tier")
FORBIDDEN = ("no_decision", "not_outside", "selection", "no_causes", "no_person")


def identity(report: ReportInput, words: Words) -> Part:
    """Name, scale, hashes, people, scope and uses."""
    spec = report.spec
    pairs = [
        (words("identity.scorecard"), spec.name, True),
        (words("identity.version"), words("identity.not_promoted"), False),
        (words("identity.digest"), report.digest, True),
        (words("identity.candidate"), report.name, True),
        (words("identity.basis"), words.meaning("basis", spec.basis), False),
        (words("identity.unit"), words.meaning("unit", spec.unit), False),
        (words("identity.outcome"), spec.outcome, True),
        (words("identity.horizon"), horizon(report, words), False),
        (words("identity.scale"), _scale(report, words), False),
        (words("identity.master_scale"), spec.master_scale, True),
        (words("identity.catalogue"), spec.catalogue, True),
        (words("identity.features"), spec.features_digest, True),
        (words("identity.facts"), str(spec.data["facts_digest"]), True),
    ]
    return Part(
        "part-1",
        "1",
        words("identity.name"),
        words("identity.finding", name=spec.name, digest=numbers.short(report.digest)),
        words("identity.lead"),
        [
            Facts([(n, v) for n, v, _ in pairs], frozenset(i for i, p in enumerate(pairs) if p[2])),
            Lines(
                words("identity.people"),
                [words(f"identity.{h}") for h in ("role", "who", "unit_of", "date")],
                [[words(f"identity.{role}"), "", "", ""] for role in PEOPLE],
            ),
            Sub(words("identity.scope")),
            Bullets(_scope(report, words)),
            Sub(words("identity.forbidden")),
            Bullets([words(f"identity.{use}") for use in FORBIDDEN]),
            table(
                words,
                "identity.files_caption",
                ("file@", "digest@"),
                [[name, digest] for name, digest in sorted(report.files.items())],
            ),
        ],
    )


def horizon(report: ReportInput, words: Words) -> str:
    """The end of a case's observation period, in words."""
    declared = report.spec.data["outcome"]
    if declared["kind"] == "given":
        return words("identity.horizon_given")
    if declared["kind"] == "contract":
        return words("identity.horizon_contract", days=str(declared["late_days_min"]))
    key = "identity.horizon_loan" if declared["cap_months"] is None else "identity.horizon_capped"
    return words(key, days=str(declared["tail_days"]), months=str(declared["cap_months"]))


def _scale(report: ReportInput, words: Words) -> str:
    scale = report.spec.scale
    return words(
        "identity.scale_is",
        id=scale.id,
        points=f"{scale.points_at_odds:g}",
        odds=f"{scale.odds_good_to_bad:g}",
        pdo=f"{scale.pdo:g}",
    )


def _scope(report: ReportInput, words: Words) -> list[str]:
    who = report.spec.population
    purposes = words.listed(words.meaning("purpose", p) for p in report.spec.purposes)
    return [
        words("identity.serves", purposes=purposes),
        words(
            "identity.population",
            cases=words.figure(who["cases"], "count"),
            suppliers=words.figure(who["suppliers"], "count"),
            first=words.day(who["as_of_first"]),
            last=words.day(who["as_of_last"]),
        ),
        words("identity.outside"),
    ]

"""Part 9, explanations: additivity, coverage and stability of the reasons, and the contributions."""

from training.learning.proposal import EXPERT
from training.report.blocks import Block, Cell, Multiples, Part, Plot, Plots, Prose, Table
from training.report.plots.explanations import bars, dependence, swarm
from training.report.report_input import ReportInput
from training.report.tables.cells import deciding_sentence, label, part_verdict, rules_table, table
from training.report.words import Words

RULES = ("E2", "E1", "E3")
DEPENDENCES = 12
CODES_MAX = 20


def explanations(report: ReportInput, words: Words) -> Part:
    """The three rules on reasons, the frequency of each reason, and plots of the contributions."""
    results = report.validation["explanations"]
    blocks: list[Block] = [
        rules_table(report, RULES, words),
        Prose(words("explanations.reference", base=words.figure(report.contributions.base, "one"))),
        *_plots(report, words),
        _agreement(report, words),
        _frequency(report, words),
    ]
    finding = deciding_sentence(report, RULES, words)
    lead = words("explanations.lead", n=words.figure(results["n"], "count"))
    return Part(
        "part-9", "9", words("explanations.name"), finding, lead, blocks, part_verdict(report, "explanations", words)
    )


def _plots(report: ReportInput, words: Words) -> list[Block]:
    contributions = report.contributions
    labels = [label(report, c.name, words) for c in report.spec.columns]
    n = words.figure(len(contributions.points), "count")
    top = contributions.order[:DEPENDENCES]
    small = [
        Plot(f"dependence-{i:02}", dependence(contributions, j, labels[j], words), labels[j])
        for i, j in enumerate(top, 1)
    ]
    return [
        Plots(
            [
                Plot(
                    "bars",
                    bars(contributions, labels, words),
                    words("explanations.bars_plot", label=labels[top[0]], n=n),
                    broad=True,
                )
            ]
        ),
        Plots([Plot("swarm", swarm(contributions, labels, words), words("explanations.swarm_plot"), broad=True)]),
        Multiples(words("explanations.dependence", n=str(len(small))), small),
    ]


def _agreement(report: ReportInput, words: Words) -> Table:
    results = report.validation["explanations"]
    stay, covered = results["stability"], results["coverage"]
    figures = (
        ("jaccard", words.figure(stay["jaccard"], "two")),
        ("jaccard_low", words.figure(stay["jaccard_low"], "two")),
        ("rank_agreement", words.figure(stay["rank_agreement"], "two")),
        ("first_same", words.figure(stay["first_same"], "share")),
        ("covered", words.figure(covered["share"], "share")),
        ("median", words.figure(covered["median"], "share")),
        ("error", words.figure(results["additivity"]["error"], "tiny")),
    )
    rows: list[list[Cell]] = [
        [words(f"explanations.{name}"), value, words(f"explanations.{name}_means")] for name, value in figures
    ]
    declared = report.validation["proposal"]["written"] == EXPERT
    note = words("explanations.declared") if declared else ""
    return table(words, "explanations.agreement_caption", ("figure", "value#", "means"), rows, note=note)


def _frequency(report: ReportInput, words: Words) -> Table:
    """Adverse reasons, sorted by how often they are among the first four."""
    frequency = report.validation["explanations"]["frequency"]
    codes = sorted(frequency, key=lambda code: (-frequency[code]["among_four"], code))
    rows = [
        [
            code,
            sentence(report, code, words),
            words.figure(frequency[code]["among_four"], "share"),
            words.figure(frequency[code]["first"], "share"),
        ]
        for code in codes[:CODES_MAX]
    ]
    more = len(codes) - CODES_MAX
    note = words("explanations.more", n=str(more)) if more > 0 else ""
    nothing: list[Cell] = ["–", words.figure(None, "count"), "–", "–"]
    heads = ("code@", "adverse", "among_four#", "first#")
    return table(words, "explanations.frequency_caption", heads, rows or [nothing], note=note)


def sentence(report: ReportInput, code: str, words: Words) -> str:
    """The adverse sentence of a reason code."""
    sentences = report.sentences.get(code)
    return words.of(sentences.adverse) if sentences is not None and sentences.adverse else "–"

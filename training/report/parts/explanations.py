"""Part 9, explanations: whether reasons add up, cover what matters and stay, and what moves the points."""

from training.learning.proposal import EXPERT
from training.report.blocks import Block, Cell, Multiples, Part, Plot, Plots, Prose, Table
from training.report.plots.explanations import bars, dependence, swarm
from training.report.report_input import Told
from training.report.tables.cells import decisive, label, of_part, ruled, table
from training.report.words import Words

RULES = ("E2", "E1", "E3")
DEPENDENCES = 12
CODES_MAX = 20


def explanations(told: Told, words: Words) -> Part:
    """The three rules on reasons, how often each is told, and the contributions as plots."""
    found = told.validation["explanations"]
    blocks: list[Block] = [
        ruled(told, RULES, words),
        Prose(words("explanations.reference", base=words.figure(told.shares.base, "one"))),
        *_plots(told, words),
        _agreement(told, words),
        _frequency(told, words),
    ]
    finding = decisive(told, RULES, words)
    lead = words("explanations.lead", n=words.figure(found["n"], "count"))
    return Part("part-9", "9", words("explanations.name"), finding, lead, blocks, of_part(told, "explanations", words))


def _plots(told: Told, words: Words) -> list[Block]:
    shares = told.shares
    labels = [label(told, c.name, words) for c in told.spec.columns]
    n = words.figure(len(shares.points), "count")
    top = shares.order[:DEPENDENCES]
    small = [
        Plot(f"dependence-{i:02}", dependence(shares, j, labels[j], words), labels[j]) for i, j in enumerate(top, 1)
    ]
    return [
        Plots(
            [
                Plot(
                    "bars",
                    bars(shares, labels, words),
                    words("explanations.bars_plot", label=labels[top[0]], n=n),
                    broad=True,
                )
            ]
        ),
        Plots([Plot("swarm", swarm(shares, labels, words), words("explanations.swarm_plot"), broad=True)]),
        Multiples(words("explanations.dependence", n=str(len(small))), small),
    ]


def _agreement(told: Told, words: Words) -> Table:
    found = told.validation["explanations"]
    stay, covered = found["stability"], found["coverage"]
    figures = (
        ("jaccard", words.figure(stay["jaccard"], "two")),
        ("jaccard_low", words.figure(stay["jaccard_low"], "two")),
        ("rank_agreement", words.figure(stay["rank_agreement"], "two")),
        ("first_same", words.figure(stay["first_same"], "share")),
        ("covered", words.figure(covered["share"], "share")),
        ("median", words.figure(covered["median"], "share")),
        ("error", words.figure(found["additivity"]["error"], "tiny")),
    )
    rows: list[list[Cell]] = [
        [words(f"explanations.{name}"), value, words(f"explanations.{name}_means")] for name, value in figures
    ]
    declared = told.validation["proposal"]["written"] == EXPERT
    note = words("explanations.declared") if declared else ""
    return table(words, "explanations.agreement_caption", ("figure", "value#", "means"), rows, note=note)


def _frequency(told: Told, words: Words) -> Table:
    """Adverse reasons by how often they are among the four."""
    found = told.validation["explanations"]["frequency"]
    codes = sorted(found, key=lambda code: (-found[code]["among_four"], code))
    rows = [
        [
            code,
            sentence(told, code, words),
            words.figure(found[code]["among_four"], "share"),
            words.figure(found[code]["first"], "share"),
        ]
        for code in codes[:CODES_MAX]
    ]
    more = len(codes) - CODES_MAX
    note = words("explanations.more", n=str(more)) if more > 0 else ""
    nothing: list[Cell] = ["–", words.figure(None, "count"), "–", "–"]
    heads = ("code@", "adverse", "among_four#", "first#")
    return table(words, "explanations.frequency_caption", heads, rows or [nothing], note=note)


def sentence(told: Told, code: str, words: Words) -> str:
    """What a code says where it lowers points."""
    said = told.sentences.get(code)
    return words.of(said.adverse) if said is not None and said.adverse else "–"

"""docs/real-data.md: what became of every row, and how well real outcomes were predicted; no name of anyone in it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

LEVEL_Z = 1.645  # of a 90 % interval
LEAK_AUC = 0.95  # above it a figure is a leak until proven otherwise


@dataclass(frozen=True)
class Floor:
    """What one untuned LightGBM reached on the same cases: to compare with, not to aim at."""

    auc: float
    standard_error: float
    cases: str

    @property
    def low(self) -> float:
        """Lower end of its 90 % interval."""
        return self.auc - LEVEL_Z * self.standard_error

    @property
    def high(self) -> float:
        """Upper end of its 90 % interval."""
        return self.auc + LEVEL_Z * self.standard_error


FLOORS = {
    ("dpwh", "late_delivery"): Floor(0.640, 0.037, "ended contracts"),
    ("usaid", "late_delivery"): Floor(0.651, 0.037, "vendor lines with an order date"),
}
TITLES = {
    "dpwh": "Public works of the Philippines (DPWH)",
    "usaid": "Global-health purchase orders (USAID)",
    "fpds": "Contract actions of the United States (FPDS)",
    "cn_invoices": "Tax invoices of Chinese small firms",
    "ocds": "OCDS packages",
}
ABOUT = {
    "dpwh": """One case a contract, standing on its effectivity date. A contract still open more than 90 days past its
end is a failure; one not yet due is not matured. The expiry date may have been revised since, so the term is no request
feature; amount, buyer, kind of work and number of bidders are. `A / B / C` are joint ventures. Learned from effectivity
to 2017, tested after.""",
    "usaid": """Vendor orders with an order date, one case an order line: the order known on its date, the delivery on
its recorded date. Learned to 2012, tested on 2013 to 2015.""",
    "fpds": """One line an action: an award becomes a contract, every later action an amendment with its reason, known
on the day it was signed. Of the contracts awarded before the file begins the first action stands in for the award, at
amount 0. The publisher says when work should end, never that it did, so a planned end is given only with how a contract
ended. Terminated for default or cause is the supplier's failure; terminated for convenience, and cancelled, is not, and
is excluded; closed out is good; of all others nobody says how they ended, and they are indeterminate. The number of
offers is left out: a bid needs a tender, and no day of one is given.""",
    "cn_invoices": """Sales and purchases of anonymised firms. A red invoice is negative; a void one counts as valid
until the end of its month, by which it must be voided, so it has a second row. The file holds no contract and no
outcome: what comes out are the firms' invoice columns, on the day after the last thing known.""",
    "ocds": """Release and record packages, versions 1.0 and 1.1, from three publishers. They hold no outcome: the point
is that every row is accounted for.""",
}


def page(walked: Mapping[str, Any], left_out: Iterable[tuple[str, str]]) -> str:
    """Return the page: a section for each source, and for each folder that holds no facts, titled and explained."""
    parts = [section for one in walked.values() for section in sections(one)]
    return "\n\n".join([HEAD, *parts, *(f"## {title}\n\n{why}" for title, why in left_out)]) + "\n"


HEAD = """# Real data

Written by `make real` from data that nobody on this project wrote: what became of every row, and how well outcomes
after a date are predicted from facts known before it. It names no contractor, vendor or buyer. A figure is judged
against the 90 % interval of the floor, which one untuned LightGBM reached; above 0.95 it would be a leak until proven
otherwise. Of the seven folders five hold facts and are imported; two hold none, and the last two sections say why."""


def sections(one: Any) -> Iterator[str]:
    """The sections of one source."""
    name = one.source.name
    yield f"## {TITLES[name]}\n\n{ABOUT[name]}"
    yield "### Rows\n\n" + rows(one.summary)
    if one.reasons:
        yield "### Amendments by reason\n\n" + amendments(one.reasons)
    for outcome, result in one.results.items():
        yield f"### `{outcome}`"
        if hasattr(result, "why"):
            yield f"Cases: {by_state(result.counts)}.\n\n**{result.why}** No figure is given: it would say nothing."
        else:
            yield figures(result)
            yield verdict(FLOORS.get((name, outcome)), result)
    if one.profiles is not None:
        yield "### Columns of the profile\n\n" + columns(one.profiles)
    if one.answers:
        yield "### Scored over HTTP\n\n" + scored(one.answers)


def rows(summary: Any) -> str:
    """What became of every row: read = loaded + duplicates + quarantined."""
    table = [("table", "read", "loaded", "duplicates", "quarantined"), ("---", *["---:"] * 4)]
    table += [
        (f"`{name}`", *(f"{n:,}" for n in (t.read, t.loaded, t.duplicates, t.quarantined.total())))
        for name, t in summary.tables.items()
    ]
    lines = [markdown(table)]
    for name, r in summary.records.items():
        equation = f"{name}: read {r.read:,} = used {r.used:,} + excluded {r.excluded.total():,} + quarantined "
        lines.append(equation + f"{r.quarantined:,}.")
        lines += [f"- excluded {n:,}: {why}" for why, n in sorted(r.excluded.items())]
    kinds = ", ".join(f"{n:,} {kind.replace('_', ' ')}" for kind, n in sorted(summary.by_kind.items())) or "none"
    lines.append(
        f"Read {summary.read:,} = loaded {summary.loaded:,} + duplicates {summary.duplicates:,} + quarantined "
        f"{summary.quarantined:,}. Quarantined by kind: {kinds}."
    )
    lines += [f"- {n:,} times: {note}" for note, n in sorted(summary.notes.items())]
    return "\n\n".join(joined(lines))


def joined(lines: list[str]) -> Iterator[str]:
    """Paragraphs, with neighbouring list items kept together."""
    items: list[str] = []
    for line in lines:
        if line.startswith("- "):
            items.append(line)
            continue
        if items:
            yield "\n".join(items)
            items = []
        yield line
    if items:
        yield "\n".join(items)


def figures(result: Any) -> str:
    """Cases by state, and the figures of every contender on the test."""
    table = [("test", "n", "bads", "AUC", "90 % interval", "KS", "Brier"), ("---", *["---:"] * 6)]
    parts = {f"model, {part}": figures for part, figures in result.validation["parts"].items()}
    by_contender = {**result.figures, **parts}
    table += [(name.replace("_", " "), *contender(figures)) for name, figures in by_contender.items()]
    gates = ", ".join(result.failed_gates)
    gate_text = f"It fails the gates: {gates}." if gates else "Every gate of promotion holds."
    proposed = f"Proposed: {result.validation['proposal']['why']['en']}"
    about = f"{concentration(result)} {proposed} {result.drift} {gate_text}"
    return f"Cases: {by_state(result.counts)}.\n\n{markdown(table)}\n\n{about}"


def by_state(counts: Mapping[str, int]) -> str:
    """Cases by state, in words."""
    return ", ".join(f"{n:,} {state.replace('_', ' ')}" for state, n in counts.items())


def amendments(reasons: Iterable[tuple[str, int, int]]) -> str:
    """Amendments and contracts by the reason given."""
    rows = [(reason.lower(), f"{n:,}", f"{contracts:,}") for reason, n, contracts in reasons]
    return markdown([("reason", "amendments", "contracts"), ("---", "---:", "---:"), *rows])


def columns(profiles: Any) -> str:
    """How the columns spread over the suppliers: of how many each is known, and its quantiles among those."""
    table = [("column", "known of", "10 %", "median", "90 %"), ("---", *["---:"] * 4)]
    for name in profiles.column_names:
        if name in {"case_id", "supplier_id", "as_of", "tenant_id"}:
            continue
        values = profiles[name].drop_null().to_numpy()
        spread = np.quantile(values, [0.1, 0.5, 0.9], method="inverted_cdf") if len(values) else ()
        table.append((f"`{name}`", f"{len(values):,}", *(figure(v) for v in spread), *["–"] * (3 - len(spread))))
    return f"{profiles.num_rows:,} suppliers.\n\n{markdown(table)}"


def figure(value: float) -> str:
    """A number with four digits that matter, or whole where it is large."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def concentration(result: Any) -> str:
    """On how many suppliers the test's bads lie: a figure that stands on few of them says little of others."""
    bads_by_supplier = Counter(
        supplier
        for supplier, bad in zip(result.test["supplier_id"].to_pylist(), result.test["bad"].to_pylist(), strict=True)
        if bad
    )
    suppliers = len(set(result.test["supplier_id"].to_pylist()))
    largest = max(bads_by_supplier.values(), default=0)
    return (
        f"The test's {bads_by_supplier.total():,} bads lie on {len(bads_by_supplier):,} "
        f"of its {suppliers:,} suppliers, {largest:,} of them on "
        "one."
    )


def contender(figures: Mapping[str, Any]) -> tuple[str, ...]:
    """One contender's figures as cells."""

    def cell(key: str, digits: int = 3) -> str:
        return "–" if figures.get(key) is None else f"{figures[key]:.{digits}f}"

    interval = f"{cell('auc_low')} – {cell('auc_high')}" if figures.get("auc_low") is not None else "–"
    return f"{figures['n']:,}", f"{figures['bad']:,}", cell("auc"), interval, cell("ks"), cell("brier", 4)


def verdict(floor: Floor | None, result: Any) -> str:
    """Whether the figure lies in the floor's interval, and what stands against it where it does not."""
    model = result.figures["model"]
    if model["auc"] is None:
        return "Not evaluable: the test holds no good or no bad case."
    sentences = []
    if model["auc"] > LEAK_AUC:
        sentences.append(f"**AUC {model['auc']:.3f} is above {LEAK_AUC}: a leak until proven otherwise.**")
    if floor is None:
        return " ".join(sentences) or "There is no floor for this outcome to compare with."
    # A floor drawn from ended contracts alone is compared with the same cases.
    part = result.validation["parts"].get("ended") if "ended" in floor.cases else model
    auc = part["auc"] if part and part["auc"] is not None else model["auc"]
    interval = f"{floor.auc:.3f} (90 % interval {floor.low:.3f} – {floor.high:.3f}, {floor.cases})"
    if auc >= floor.low:
        place = "above" if auc > floor.high else "inside"
        sentences.append(
            f"The AUC on the floor's kind of cases, {auc:.3f}, lies {place} the interval of the floor {interval}."
        )
    else:
        sentences.append(
            f"**The AUC on the floor's kind of cases, {auc:.3f}, lies below the floor {interval}.** " + why(result)
        )
    return " ".join(sentences)


def why(result: Any) -> str:
    """What the figures themselves say of a model below its floor."""
    validation = result.validation
    inside, outside, line = validation["out_of_fold"], validation["figures"]["model"], validation["figures"]["woe"]
    sentence = (
        f"Out of fold, inside training, the AUC is {inside['auc']:.3f} at a bad rate of {inside['bad_rate']:.1%}, "
        f"in the test that rate is {outside['bad_rate']:.1%}. The WoE scorecard on the same profiles reaches "
        f"{line['auc']:.3f}: "
    )
    if line["auc"] <= outside["auc"] + 0.02:
        return sentence + "what falls short is what the facts tell, not how it is fitted."
    return sentence + "what is proposed gives away what a scorecard of few columns keeps."


def scored(answers: list[dict[str, Any]]) -> str:
    """Ten answers of the running service, without saying whose they are."""
    table = [("", "status", "points", "grade", "PD", "contracts known", "first reasons", "became")]
    table.append(("---:", "---", "---:", "---", "---:", "---:", "---", "---"))
    apart = 0.0
    for number, case in enumerate(answers, start=1):
        answer, became = case["answer"], "bad" if case["bad"] else "good"
        block = answer["supplier"]
        if "points" not in block:
            table.append((str(number), answer["status"], *"–––", "–", ", ".join(answer.get("codes", ())), became))
            continue
        apart = max(apart, abs(block["pd"] - case["pd"]))
        reasons = ", ".join(r["code"] for side in ("adverse", "favourable") for r in block["reasons"][side][:1])
        score = (str(block["points"]), block["grade"]["code"], f"{block['pd']:.1%}")
        table.append((str(number), answer["status"], *score, f"{block['data_depth']['contracts']}", reasons, became))
    bases = sorted({case["answer"]["supplier"].get("basis", "none") for case in answers} - {"none"})
    return (
        "Ten contractors, one contract of the test each, spread over the PD that validation gave them; asked of the "
        "running service with the purpose `performance_guarantee`, on the day and with the terms of that contract. "
        f"Basis: {', '.join(bases)}. The service and validation give the same PD to {apart:.1e}.\n\n{markdown(table)}"
    )


def markdown(table: list[tuple[str, ...]]) -> str:
    """Rows as a Markdown table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in table)

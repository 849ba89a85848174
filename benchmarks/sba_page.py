"""The tables of docs/external-columns*.md: what the leak detector found, and what honest columns were worth."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGES = {"en": ROOT / "docs" / "external-columns.md", "zh": ROOT / "docs" / "external-columns.zh-CN.md"}

WORDS = {
    "en": {
        "skills": ("column", "what", "AUC", "90 % interval", "verdict", "in the honest spec"),
        "figures": (
            "cases",
            "learned from, bad",
            "tested on, bad",
            "scorecard",
            "AUC",
            "90 % interval",
            "Brier",
            "constant",
        ),
        "left out": "left out: ",
        "cases": "{n:,} loans approved before {day}, {bad:,} of them bad.",
    },
    "zh": {
        "skills": ("列", "看什么", "AUC", "90 % 区间", "判定", "如实声明时"),
        "figures": ("案例", "学习，坏样本", "检验，坏样本", "评分卡", "AUC", "90 % 区间", "Brier", "常数"),
        "left out": "不用：",
        "cases": "{day} 以前批准的 {n:,} 笔贷款，其中坏样本 {bad:,} 笔。",
    },
}
KINDS_ZH = {"value": "值", "missingness": "是否缺失", "time of knowledge": "何时知道"}
VERDICTS = {"stop": "停止", "warn": "警告", "passes": "通过", "accepted": "已接受"}


def skills(findings: Sequence[Any], columns: Sequence[Any], *, n: int, bad: int, day: str, lang: str) -> str:
    """Every column's values, and whatever else speaks, the most telling first."""
    of = {c.name: c for c in columns}
    words, rows = WORDS[lang], []
    for f in findings:
        if f.column in of and (f.what == "value" or f.verdict != "passes"):
            what, verdict = (f.what, f.verdict) if lang == "en" else (KINDS_ZH[f.what], VERDICTS[f.verdict])
            interval = f"{f.low:.3f} – {f.high:.3f}"
            rows.append((f"`{f.column}`", what, f"{f.auc:.3f}", interval, verdict, _honest(of[f.column], lang)))
    return words["cases"].format(n=n, bad=bad, day=day) + "\n\n" + markdown(words["skills"], rows)


def figures(results: Mapping[str, Any], *, lang: str) -> str:
    """The proposed scorecard of every honest training, and the boosted trees beside it."""
    rows = []
    for name, result in results.items():
        learned, constant = result.spec.population, result.figures["constant"]
        for who in ("model", "lightgbm"):
            if (line := result.figures.get(who)) is not None:
                size = (f"{learned['cases']:,}, {learned['bad']:,}", f"{line['n']:,}, {line['bad']:,}")
                interval = f"{line['auc_low']:.3f} – {line['auc_high']:.3f}"
                brier = (f"{line['brier']:.4f}", f"{constant['brier']:.4f}")
                rows.append((f"`{name}`", *size, who, f"{line['auc']:.3f}", interval, *brier))
    return markdown(WORDS[lang]["figures"], rows)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows))


def fill(parts: Mapping[str, Mapping[str, str]]) -> None:
    """Write tables between their marks, `parts[lang][mark]`."""
    for lang, page in PAGES.items():
        text = page.read_text(encoding="utf-8")
        for mark, content in parts[lang].items():
            pattern = rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)"
            text = re.sub(pattern, lambda m, content=content: f"{m[1]}{content}\n{m[2]}", text, flags=re.DOTALL)
        page.write_text(text, encoding="utf-8")
        print(f"wrote {page.relative_to(ROOT)}")


def _honest(column: Any, lang: str) -> str:
    why = column.why[0] if lang == "zh" else column.why[1]
    if column.known is None:
        return WORDS[lang]["left out"] + why
    return f"`{column.known}`" + (f": {why}" if why and lang == "en" else f"：{why}" if why else "")

"""The card of a scorecard of declared weights: what it declares, and that nothing was tested."""

from collections.abc import Mapping, Sequence

from models.spec import Gate, Spec
from training.expert import Card, Weight

_EN = (
    "Its weights are **declared**, not estimated: nobody has tested how well it ranks, or whether its probabilities "
    "come true. It serves until outcomes are known, and is then replaced by one that passes the gates."
)
_ZH = (
    "权重为**声明值**，并非估计所得：其排序能力与概率均未经检验。"
    "仅在尚无表现数据时使用，待有足够样本后由通过门槛的评分卡替换。"
)


def cold_card(spec: Spec, weights: Card, gates: Mapping[str, Gate]) -> str:
    """Return the card as Markdown, English first; like the scorecard it holds no time, run or person."""
    synthetic = " The facts are **synthetic**." if spec.data["synthetic"] else ""
    facts = _table(
        ("what", "is"),
        [
            ("basis", "expert"),
            ("card", weights.id),
            ("outcome", spec.outcome),
            ("horizon", spec.horizon),
            ("unit", spec.unit),
            ("purposes", ", ".join(spec.purposes)),
            ("population", f"{spec.population['cases']} cases of {spec.population['suppliers']} suppliers"),
            ("as of", str(spec.data["as_of"])),
            ("mean probability", f"{spec.data['central_tendency']['rate']:.2%}"),
            ("because", spec.data["central_tendency"]["reason"]),
            ("features", spec.features_digest),
            ("facts", str(spec.data["facts_digest"])),
        ],
    )
    declared = {w.name: w for w in weights.weights}
    rows = {
        lang: [(c.name, c.code, _steps(declared[c.name], lang), declared[c.name].because[lang]) for c in spec.columns]
        for lang in ("en", "zh")
    }
    judged = [(name, "passed" if gate.passed else "**failed**", gate.text) for name, gate in sorted(gates.items())]
    return (
        "\n\n".join(
            [
                f"# {spec.name}",
                f"Probability that a case turns out bad, in points: higher is safer.{synthetic} {_EN}",
                facts,
                "## Weights, in log-odds of bad",
                _table(("column", "code", "steps", "because"), rows["en"]),
                "## Gates",
                _table(("gate", "verdict", "figures"), judged),
                "## Not for",
                "Not a credit report and not a decision. Not for pricing: its probabilities are an assumption.",
                f"# {spec.name}（中文）",
                f"{weights.text['zh']}。{_ZH}不是信用报告，也不是决定；其概率只是假设，不用于定价。",
                "## 权重（坏样本对数几率）",
                _table(("列", "代码", "分段", "理由"), rows["zh"]),
            ]
        )
        + "\n"
    )


def _steps(weight: Weight, lang: str) -> str:
    above, unknown = {"en": ("above", "unknown"), "zh": ("以上", "未知")}[lang]
    told = [f"≤ {edge:g}: {value:+g}" for edge, value in zip(weight.edges, weight.values, strict=False)]
    return ", ".join([*told, f"{above}: {weight.values[-1]:+g}", f"{unknown}: {weight.missing:+g}"])


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)

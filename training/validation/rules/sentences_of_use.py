"""Sentences for the verdicts on stability, segments, explanations, benefit and record groups."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from features.declarations.feature import Text
from training.validation.rules.rules import B1, E1, E2, E3, FILLED, P1, P2, R1, S1, S2, S3, S4
from training.validation.rules.sentences import Parts, Ruling, between, nothing
from training.validation.rules.verdicts import BAD, NOT_EVALUABLE, WATCH

NAMED_MAX = 5  # in a sentence; the part holds all


def score(parts: Parts) -> Ruling:
    """Rule S1."""
    result = parts["stability"]["score"]
    if result["psi"] is None:
        return nothing(S1, "缺少开发样本或测试样本", "development or the test has no case")
    psi, chance = result["psi"], result["by_chance"]
    return Ruling(
        S1,
        result["verdict"],
        Text(
            f"评分PSI为{psi:.3f}，偶然可达{chance:.3f}。",
            f"The stability index of the scores is {psi:.3f}; chance alone reaches {chance:.3f}.",
        ),
    )


def columns(parts: Parts) -> Ruling:
    """Rule S2."""
    result = parts["stability"]["moved"]
    if result["verdict"] == NOT_EVALUABLE:
        return nothing(S2, "没有可判断的特征列", "no column can be judged")
    far, names = len(result["bad"]), _named(result["bad"])
    return Ruling(
        S2,
        result["verdict"],
        Text(
            f"{result['judged']}列中明显移动的有{far}列（{names}），略有移动的{len(result['watch'])}列。",
            f"Columns judged: {result['judged']}; moved far: {far} ({names}); moved a little: {len(result['watch'])}.",
        ),
    )


def missing(parts: Parts) -> Ruling:
    """Rule S3."""
    result = parts["stability"]["missing"]
    if result["verdict"] == NOT_EVALUABLE:
        return nothing(S3, "案例不足或没有特征列", "there are too few cases, or no columns")
    more, less = ({name: by for name, by in result["changed"].items() if (by > 0) == rose} for rose in (True, False))
    if not result["changed"]:
        most = max((abs(change) for change in changes(parts)), default=0.0)
        zh = f"各列缺失率的变化均不超过10个百分点，最大{most:.1%}。"
        en = f"No column's share of missing values changed by more than 10 points; the most is {most:.1%}."
        return Ruling(S3, result["verdict"], Text(zh, en))
    texts = [*([_more_missing(more)] if more else []), *([_less_missing(less)] if less else [])]
    advice = [*([S3.mend] if more else []), *([FILLED] if less else [])]
    return Ruling(S3, result["verdict"], _joined(texts), _joined(advice, zh="；", en="; "))


def _more_missing(columns: Mapping[str, float]) -> Text:
    named, most = _named(sorted(columns)), max(columns.values())
    return Text(
        f"比开发样本多缺失超过10个百分点的有{len(columns)}列（{named}），最多{most:.1%}。",
        f"Columns that lack more values than in development, by more than 10 points: {len(columns)} ({named}), at most"
        f" {most:.1%}.",
    )


def _less_missing(columns: Mapping[str, float]) -> Text:
    named, most = _named(sorted(columns)), -min(columns.values())
    return Text(
        f"比开发样本少缺失超过10个百分点的有{len(columns)}列（{named}），最多{most:.1%}：数据源可能事后补录。",
        f"Columns that lack fewer values than in development, by more than 10 points: {len(columns)} ({named}), at most"
        f" {most:.1%}: a source may have been filled in since.",
    )


def _joined(texts: Sequence[Text], *, zh: str = "", en: str = " ") -> Text:
    return Text(zh.join(text.zh for text in texts), en.join(text.en for text in texts))


def changes(parts: Parts) -> Iterator[float]:
    """Changes of the share of nulls of all columns."""
    for result in parts["stability"]["columns"].values():
        if result["null_change"] is not None:
            yield result["null_change"]


def migration(parts: Parts) -> Ruling:
    """Rule S4."""
    result = parts["stability"]["migration"]
    if result["verdict"] == NOT_EVALUABLE:
        moves = result["moves"]
        return nothing(
            S4, f"相邻季度的等级变动只有{moves}次", f"there are only {moves} moves between successive quarters"
        )
    return Ruling(
        S4,
        result["verdict"],
        Text(
            f"{result['moves']}次相邻季度比较中，{result['stays']:.1%}等级不变，{result['far']:.1%}变动超过两个等级。",
            f"Of {result['moves']} moves between successive quarters {result['stays']:.1%} stay in their grade and"
            f" {result['far']:.1%} change by more than two.",
        ),
    )


def segment_calibration(parts: Parts) -> Ruling:
    """Rule P1."""
    judged, off = _segments(parts, lambda result: result["calibration"])
    if not judged:
        return nothing(P1, "没有案例足够的客群", "no segment has enough cases")
    return Ruling(
        P1,
        parts["segments"]["calibration"],
        Text(
            f"可评估的{judged}个客群中，校准偏离的有{len(off)}个（{_named(off)}）。",
            f"Segments that can be judged: {judged}; off: {len(off)} ({_named(off)}).",
        ),
    )


def segment_parity(parts: Parts) -> Ruling:
    """Rule P2."""
    judged, off = _segments(parts, lambda result: result["parity"]["verdict"])
    if not judged:
        return nothing(P2, "没有案例足够的客群", "no segment has enough cases")
    cutoff = parts["segments"]["cutoff_pd"]
    return Ruling(
        P2,
        parts["segments"]["parity"],
        Text(
            f"以违约概率{cutoff:.2%}为界，{judged}个客群中通过率不足最大客群五分之四的有{len(off)}个（{_named(off)}）。",
            f"Cut-off {cutoff:.2%}; segments that can be judged: {judged}; approved less than four fifths as often as"
            f" the largest: {len(off)} ({_named(off)}).",
        ),
    )


def additivity(parts: Parts) -> Ruling:
    """Rule E1."""
    result = parts["explanations"]["additivity"]
    if result["error"] is None:
        return nothing(E1, "未提供贡献分", "no contributions were given")
    return Ruling(
        E1,
        result["verdict"],
        Text(
            f"基准分与贡献分之和同信用分最多相差{result['error']:.1e}分。",
            f"Base and contributions miss the points by at most {result['error']:.1e}.",
        ),
    )


def agreement(parts: Parts) -> Ruling:
    """Rule E2."""
    result = parts["explanations"]["stability"]
    if result["jaccard"] is None:
        return nothing(E2, "未提供重训结果", "no refits were given")
    mean, low = result["jaccard"], result["jaccard_low"]
    return Ruling(
        E2,
        result["verdict"],
        Text(
            f"{result['refits']}次重抽样重训中，前四个不利原因的Jaccard指数平均{mean:.2f}，10%分位{low:.2f}。",
            f"Over {result['refits']} refits the first four adverse reasons agree by a Jaccard index of {mean:.2f} on"
            f" average, {low:.2f} at the 10 % quantile.",
        ),
    )


def coverage(parts: Parts) -> Ruling:
    """Rule E3."""
    result = parts["explanations"]["coverage"]
    if result["share"] is None:
        return nothing(E3, "未提供贡献分", "no contributions were given")
    return Ruling(
        E3,
        result["verdict"],
        Text(
            f"{result['share']:.1%}的案例，其原因占绝对分数的一半以上。",
            f"In {result['share']:.1%} of the cases the reasons carry at least half of the absolute points.",
        ),
    )


def gain(parts: Parts) -> Ruling:
    """Rule B1."""
    result = parts["benefit"]
    if result["verdict"] == NOT_EVALUABLE:
        zh, en = (
            "供应商太少，或盈亏平衡点未把案例分开",
            "there are too few suppliers, or no case is on one side of the break-even PD",
        )
        return nothing(B1, zh, en)
    value, interval, pd = (
        result["gain"]["value"],
        between(result["gain"], "+.5f"),
        result["assumptions"]["break_even_pd"],
    )
    return Ruling(
        B1,
        result["verdict"],
        Text(
            f"按盈亏平衡点{pd:.2%}审批，每笔比较好的固定做法多{value:+.5f}单位敞口（90%区间{interval}）。",
            f"Lending below the break-even PD of {pd:.2%} earns {value:+.5f} of the mean exposure per case beside the"
            f" better constant (90 % interval {interval}).",
        ),
    )


def groups(parts: Parts) -> Ruling:
    """Rule R1."""
    result = parts["record_groups"]["groups"]
    judged = {name: group for name, group in result.items() if group["verdict"] != NOT_EVALUABLE}
    if not judged:
        least = f"{R1['expected_min']:g}"
        return nothing(R1, f"各组的预期坏样本都不足{least}个", f"every group has fewer than {least} expected bads")
    off = [name for name, group in judged.items() if group["verdict"] == "fails"]
    return Ruling(
        R1,
        parts["record_groups"]["verdict"],
        Text(
            f"可评估的{len(judged)}组中，不成立的有{len(off)}组（{_named(off)}）。",
            f"Groups that can be judged: {len(judged)}; failing: {len(off)} ({_named(off)}).",
        ),
    )


def _segments(parts: Parts, verdict_of: Callable[[Mapping[str, Any]], str]) -> tuple[int, list[str]]:
    """How many segments were judged, and the names of those with the verdict watch or bad."""
    judged, off = 0, []
    for name, dimension in parts["segments"]["dimensions"].items():
        for label, result in dimension["values"].items():
            verdict = verdict_of(result)
            judged += verdict != NOT_EVALUABLE
            if verdict in (WATCH, BAD):
                off.append(f"{name} {label}")
    return judged, off


def _named(names: Sequence[str]) -> str:
    if not names:
        return "–"
    more = f" + {len(names) - NAMED_MAX}" if len(names) > NAMED_MAX else ""
    return ", ".join(names[:NAMED_MAX]) + more


OF_USE: tuple[Callable[[Parts], Ruling], ...] = (
    score,
    columns,
    missing,
    migration,
    segment_calibration,
    segment_parity,
    additivity,
    agreement,
    coverage,
    gain,
    groups,
)

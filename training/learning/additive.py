"""Additive scorecards as LightGBM text: each step function of a column is a tree; the margin is their sum.

So a logistic scorecard, one of declared weights and a blend are served, explained and verified like a booster.
TreeSHAP is exact on them: a column's contribution is its step minus the step's mean over the development cases. The
format is LightGBM's v4, written here because LightGBM writes only the trees that it has trained.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.figures import Floats

ALL = 1.7976931348623157e308  # every number is at most this; only NaN takes the other branch
NAN_RIGHT = 8  # decision_type: numeric, missing values are NaN, and go right
SCALED = ("leaf_value", "internal_value")
_END = "\n\n".join(
    ("end of trees", "feature_importances:", "parameters:\nend of parameters", "pandas_categorical:null\n")
)
_TREE = re.compile(r"^Tree=\d+\n.*?\n\n\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Steps:
    """A step function of one column, with the development cases of each step.

    Attributes:
        edges: rising; step i is taken by edges[i - 1] < x <= edges[i].
        values: log-odds of each step, one more than edges.
        missing: log-odds of a null.
        counts: development cases of each step.
        missing_count: development cases that are null.
    """

    column: str
    edges: tuple[float, ...]
    values: tuple[float, ...]
    missing: float
    counts: tuple[int, ...]
    missing_count: int

    @classmethod
    def of(
        cls, column: str, edges: Sequence[float], values: Sequence[float], missing: float, column_values: Floats
    ) -> "Steps":
        """Count the cases of a column, NaN for null, into the steps."""
        known = column_values[~np.isnan(column_values)]
        counts = np.bincount(np.searchsorted(np.asarray(edges), known, side="left"), minlength=len(edges) + 1)
        edges, values = tuple(map(float, edges)), tuple(map(float, values))
        return cls(column, edges, values, float(missing), tuple(map(int, counts)), len(column_values) - len(known))

    def at(self, x: Floats) -> Floats:
        """The step of each value."""
        steps = np.asarray(self.values)[
            np.searchsorted(np.asarray(self.edges), x, side="left").clip(0, len(self.edges))
        ]
        return np.where(np.isnan(x), self.missing, steps)


def booster_text(
    columns: Sequence[str], monotone: Sequence[int], values: Floats, steps: Sequence[Steps], intercept: float
) -> str:
    """The sum of an intercept and of steps as the text of a LightGBM booster.

    Args:
        columns: the scorecard's columns, in order.
        monotone: the constraint declared for each, which the steps must satisfy.
        values: the development sample, a column each.
        steps: at most one of a column; the intercept lies in the first.
        intercept: log-odds of bad where every step is 0.
    """
    place = {name: j for j, name in enumerate(columns)}
    shown = [Steps(columns[0], (), (0.0,), 0.0, (len(values),), 0)] if not steps else list(steps)
    trees = [_tree(number, place[s.column], s, intercept if number == 0 else 0.0) for number, s in enumerate(shown)]
    return _text(_header(columns, monotone, values), trees)


def blended(parts: Sequence[tuple[str, float]], intercept: float) -> str:
    """The text of a weighted sum of boosters of the same columns, and an intercept; the first gives the header."""
    trees = [_scaled(block, weight) for text, weight in parts for block in _TREE.findall(text)]
    trees[0] = _raised(trees[0], intercept)
    numbered = [re.sub(r"^Tree=\d+", f"Tree={number}", block) for number, block in enumerate(trees)]
    header = re.sub(r"tree_sizes=[^\n]*\n.*", "", parts[0][0], flags=re.DOTALL)
    return _text(header, numbered)


def _header(columns: Sequence[str], monotone: Sequence[int], values: Floats) -> str:
    infos = []
    for column_values in values.T:
        known = column_values[~np.isnan(column_values)]
        infos.append(f"[{float(known.min())!r}:{float(known.max())!r}]" if known.size else "none")
    lines = ["tree", "version=v4", "num_class=1", "num_tree_per_iteration=1", "label_index=0"]
    lines += [f"max_feature_idx={len(columns) - 1}", "objective=binary sigmoid:1"]
    lines += [f"feature_names={' '.join(columns)}", f"monotone_constraints={' '.join(map(str, monotone))}"]
    return "\n".join([*lines, f"feature_infos={' '.join(infos)}", ""])


def _text(header: str, trees: Sequence[str]) -> str:
    sizes = " ".join(str(len(block)) for block in trees)
    return f"{header}tree_sizes={sizes}\n\n{''.join(trees)}{_END}"


def _tree(number: int, column: int, steps: Steps, intercept: float) -> str:
    """A chain: null or not, then each edge in turn; leaves are numbered steps first, null last."""
    leaves = [intercept + v for v in (*steps.values, steps.missing)]
    # An empty step counts as one case: TreeSHAP divides by the share of a branch.
    counts = [max(1, n) for n in (*steps.counts, steps.missing_count)]
    last, null = len(steps.edges), len(leaves)
    inner = []
    for node in range(last + 1):  # node 0 separates nulls, node i tests edge i
        below = slice(0, null) if node == 0 else slice(node - 1, null - 1)
        n = sum(counts[below])
        inner.append((n, float(np.dot(counts[below], leaves[below])) / n))
    onward = [
        node + 1 if node < last else -last - 1 for node in range(last + 1)
    ]  # a leaf is written as -1 less its number
    fields: dict[str, list[Any]] = {
        "num_leaves": [null],
        "num_cat": [0],
        "split_feature": [column] * (last + 1),
        "split_gain": [0] * (last + 1),
        "threshold": [repr(t) for t in (ALL, *steps.edges)],
        "decision_type": [NAN_RIGHT] * (last + 1),
        "left_child": [onward[0], *(-node for node in range(1, last + 1))],
        "right_child": [-null, *onward[1:]],
        "leaf_value": [repr(v) for v in leaves],
        "leaf_weight": counts,
        "leaf_count": counts,
        "internal_value": [repr(mean) for _, mean in inner],
        "internal_weight": [n for n, _ in inner],
        "internal_count": [n for n, _ in inner],
        "is_linear": [0],
        "shrinkage": [1],
    }
    lines = [f"{key}={' '.join(map(str, items))}" for key, items in fields.items()]
    return "\n".join([f"Tree={number}", *lines, "", "", ""])


def _scaled(block: str, weight: float) -> str:
    def scale(match: re.Match[str]) -> str:
        return f"{match[1]}={' '.join(repr(float(v) * weight) for v in match[2].split())}"

    return re.sub(rf"^({'|'.join(SCALED)})=(.*)$", scale, block, flags=re.MULTILINE)


def _raised(block: str, by: float) -> str:
    def raise_(match: re.Match[str]) -> str:
        return f"{match[1]}={' '.join(repr(float(v) + by) for v in match[2].split())}"

    return re.sub(rf"^({'|'.join(SCALED)})=(.*)$", raise_, block, flags=re.MULTILINE)

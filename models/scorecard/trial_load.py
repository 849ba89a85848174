"""A trial load of a booster in a child process.

LightGBM's text format holds no pickle but is not safe: an altered file can abort the process that parses it, or never
return. So a text is parsed in a child process first.
"""

import json
import math
import re
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from models.errors import ScorecardError
from models.scorecard import trial_process

LEAVES_MAX = 4096
ADDITIVE_WITHIN = 1e-9
_SPLITS = re.compile(r"split_feature=([^\r\n]*)")


def trial_load(text: str, columns: Sequence[str]) -> None:
    """Load a booster in a child process and check that it fits the scorecard's columns.

    Raises:
        ScorecardError: the child aborts, takes too long, needs too much memory, or finds a fault.
    """
    _trial_load(text, tuple(columns))


@lru_cache(maxsize=8)  # the same bytes need one trial per process
def _trial_load(text: str, columns: tuple[str, ...]) -> None:
    document = json.dumps({"text": text, "columns": columns})
    outcome = trial_process.run("models.scorecard.trial_load:check_stdin", document.encode())
    if outcome is not None:
        raise ScorecardError(f"booster.txt {outcome}")


def check_stdin() -> None:
    """Check the booster on standard input; end the process with the fault, if there is one. Runs in the child."""
    document = json.loads(sys.stdin.buffer.read())
    text, columns = document["text"], document["columns"]
    stray = stray_split(text, len(columns))
    if stray is not None:
        sys.exit(f"a tree splits on feature {stray} of {len(columns)}")
    from models.scorecard.booster import parse_booster

    booster = parse_booster(text)
    fault = next(faults(booster.dump_model(), columns), None) or _prediction_fault(booster, len(columns))
    if fault is not None:
        sys.exit(fault)


def _prediction_fault(booster: Any, width: int) -> str | None:
    """Return what is wrong with the booster's prediction for one row, or None."""
    row = [[0.0] * width]
    margin = float(booster.predict(row, raw_score=True)[0])
    if not math.isfinite(margin):
        return "its margin is not finite"
    # LightGBM cannot explain linear trees: it ends the process here.
    shares = booster.predict(row, pred_contrib=True)[0]
    return None if abs(math.fsum(shares) - margin) <= ADDITIVE_WITHIN else "its contributions do not add up"


def stray_split(text: str, width: int) -> str | None:
    """Return the first split feature in a booster's text that is not one of its `width` columns, or None.

    The text is searched before LightGBM parses it: for such an index LightGBM writes outside its memory.
    """
    indices = (index for line in _SPLITS.findall(text) for index in line.split())
    return next((index for index in indices if not (index.isdecimal() and int(index) < width)), None)


def faults(model: dict[str, Any], columns: Sequence[str]) -> Iterator[str]:
    """Yield the reasons why a parsed model cannot be used."""
    if model["feature_names"] != list(columns):
        yield "its features are not the scorecard's columns, in their order"
    if model["num_class"] != 1 or model["num_tree_per_iteration"] != 1:
        yield "it is not a model of one outcome"
    if not str(model.get("objective", "")).startswith("binary"):
        yield "its objective is not binary"
    if not model["tree_info"]:
        yield "it has no trees"
    for tree in model["tree_info"]:
        yield from _tree_faults(tree)


def _tree_faults(tree: dict[str, Any]) -> Iterator[str]:
    where, leaves, nodes = f"tree {tree['tree_index']}", 0, [tree["tree_structure"]]
    while nodes:
        node = nodes.pop()
        if "split_feature" not in node:
            leaves += 1
            if not math.isfinite(node["leaf_value"]):
                yield f"{where} has a leaf that is not finite"
            continue
        if node["decision_type"] != "<=":
            yield f"{where} has a categorical split"
        nodes += [node["left_child"], node["right_child"]]
    if leaves != tree["num_leaves"] or leaves > LEAVES_MAX:
        yield f"{where} has {leaves} leaves"

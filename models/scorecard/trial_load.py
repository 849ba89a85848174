"""A trial load of a booster in a child process, with limits on time and memory.

LightGBM's text format is free of pickle but not safe: an altered file can abort the process that parses it, or hang
it. So the parser first meets a text where it can do no harm.
"""

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from models.errors import ScorecardError

SECONDS_MAX = 60
MEMORY_BYTES_MAX = 4 * 2**30
LEAVES_MAX = 4096
ADDITIVE_WITHIN = 1e-9
_SPLITS = re.compile(r"split_feature=([^\r\n]*)")

# The child parses and nothing else: it is spared the imports that LightGBM makes for other uses (2 s).
_CHILD = """
import sys
sys.modules.update(dict.fromkeys(("pandas", "sklearn", "matplotlib", "dask", "pyarrow")))
sys.path.insert(0, {root!r})
from models.scorecard.trial_load import child
child({memory}, {seconds})
"""


def smoke_load(text: str, columns: Sequence[str]) -> None:
    """Load a booster in a child process and check that it is what the scorecard says.

    Raises:
        ScorecardError: it aborts, hangs, asks for too much memory, or does not fit the columns.
    """
    _smoke_load(text, tuple(columns))


@lru_cache(maxsize=8)  # the same bytes need one trial a process
def _smoke_load(text: str, columns: tuple[str, ...]) -> None:
    root = str(Path(__file__).resolve().parents[2])
    code = _CHILD.format(root=root, memory=MEMORY_BYTES_MAX, seconds=SECONDS_MAX)
    told = json.dumps({"text": text, "columns": columns})
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", code],
            input=told.encode(),
            capture_output=True,
            timeout=SECONDS_MAX,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise ScorecardError(f"booster.txt was not loaded within {SECONDS_MAX} s in a trial process.") from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise ScorecardError(
            f"booster.txt did not load in a trial process (exit {done.returncode}): {said[-1] if said else 'no word'}."
        )


def child(memory_bytes: int, seconds: int) -> None:
    """Run the trial: the child's whole work."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from models.scorecard.booster import parse_booster

    told = json.loads(sys.stdin.buffer.read())
    stray = stray_split(told["text"], len(told["columns"]))
    if stray is not None:
        sys.exit(f"a tree splits on feature {stray} of {len(told['columns'])}")
    booster = parse_booster(told["text"])
    fault = next(faults(booster.dump_model(), told["columns"]), None)
    fault = fault or _answer_fault(booster, len(told["columns"]))
    if fault is not None:
        sys.exit(fault)


def _answer_fault(booster: Any, width: int) -> str | None:
    """Say what is wrong with what a booster says of one row, if anything is."""
    row = [[0.0] * width]
    margin = float(booster.predict(row, raw_score=True)[0])
    if not math.isfinite(margin):
        return "its margin is not finite"
    # Linear trees end the process here: LightGBM cannot explain them.
    shares = booster.predict(row, pred_contrib=True)[0]
    return None if abs(math.fsum(shares) - margin) <= ADDITIVE_WITHIN else "its contributions do not add up"


def stray_split(text: str, width: int) -> str | None:
    """Return the first split in a booster's text on a feature that is not one of its `width`, or None.

    Looked for in the text: LightGBM counts how often each feature is used when it is asked what it has parsed, and for
    such an index it writes beside the count, so that it may or may not live to tell.
    """
    told = (index for line in _SPLITS.findall(text) for index in line.split())
    return next((index for index in told if not (index.isdecimal() and int(index) < width)), None)


def faults(model: dict[str, Any], columns: Sequence[str]) -> Iterator[str]:
    """Say what keeps a parsed model from being used."""
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

"""Writing a candidate: a scorecard's folder with its gates, golden answers and digests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from models.canonical_json import canonical, sha256
from models.durable_files import write_folder
from models.scorecard.gates import gates
from models.scorecard.golden import write_golden
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.scorecard import Scorecard
from models.scorecard.spec import FORMAT, Gate, Spec


def write_scorecard(
    folder: Path | str,
    spec: Spec,
    *,
    booster_text: str,
    golden_rows: Sequence[Mapping[str, Any]],
    validation: Mapping[str, Any],
    card: Callable[[Mapping[str, Gate]], str],
    provenance: Mapping[str, Any],
    catalogue: Catalogue | None = None,
) -> tuple[str, Mapping[str, Gate]]:
    """Write a candidate folder; return its digest, and every gate with its figures.

    Args:
        folder: must not exist yet; it appears whole or not at all.
        spec: the declaration; `gates` need hold only what training alone can judge.
        booster_text: LightGBM's text, pickle-free.
        golden_rows: 20 or more of `{"profile": {column: value or None}, "terms": {…} or None}`, synthetic or
            pseudonymised; their answers are computed here.
        validation: `figures` holds `{"model": {"auc", "brier"}, "constant": {"auc", "brier"}}` of the out-of-time
            test, which promotion judges by; the rest confirms what training judged (`gates.CONFIRMED_BY`).
        card: writes the model card, given every gate; like all of the above, without time, run or person.
        provenance: when, run id, commit, machine: beside the digest.
        catalogue: sentences other than this code's; what the columns can use of it is written to `reasons.json`.
    """
    catalogue = (catalogue or Catalogue.of_this_code()).of_columns(spec.columns)
    tried = Scorecard(spec, booster_text, validation=validation, catalogue=catalogue)
    spec = replace(spec, gates={**spec.gates, **gates(tried)})
    content = {
        "booster.txt": booster_text.encode("ascii"),
        "card.md": card(spec.gates).encode(),
        "golden.jsonl": write_golden(golden_rows, tried.answer),
        "reasons.json": canonical(catalogue.to_json()),
        "validation.json": canonical(validation),
    }
    files = {name: sha256(data) for name, data in content.items()}
    content["scorecard.json"] = canonical({"format": FORMAT, "files": files, **spec.to_json()})
    digest = sha256(content["scorecard.json"])
    content["provenance.json"] = canonical({**provenance, "scorecard": digest})
    write_folder(Path(folder), content)
    return digest, spec.gates

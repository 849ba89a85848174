"""Writing a candidate: the folder that training hands over."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from models.canonical import canonical, sha256, write_folder
from models.catalogue import Catalogue
from models.gates import gates
from models.golden import write_golden
from models.scorecard import Scorecard
from models.spec import FORMAT, Spec


def write_scorecard(
    folder: Path | str,
    spec: Spec,
    *,
    booster_text: str,
    golden_rows: Sequence[Mapping[str, Any]],
    validation: Mapping[str, Any],
    card_md: str,
    provenance: Mapping[str, Any],
    catalogue: Catalogue | None = None,
) -> str:
    """Write a candidate folder and return its digest.

    Args:
        folder: must not exist yet; it appears whole or not at all.
        spec: the declaration; `gates` need hold only what training alone can judge, at least `slope`.
        booster_text: LightGBM's text, pickle-free.
        golden_rows: 20 or more of `{"profile": {column: value or None}, "terms": {…} or None}`, synthetic or
            pseudonymised; their answers are computed here.
        validation: `figures` holds `{"model": {"auc", "brier"}, "constant": {"auc", "brier"}}` of the out-of-time
            test, which promotion judges by.
        card_md: the model card; like all of the above, without time, run or person.
        provenance: when, run id, commit, machine: beside the digest.
        catalogue: reasons other than the running code's.
    """
    tried = Scorecard(spec, booster_text, validation=validation, catalogue=catalogue)
    spec = replace(spec, gates={**spec.gates, **gates(tried)})
    content = {
        "booster.txt": booster_text.encode("ascii"),
        "card.md": card_md.encode(),
        "golden.jsonl": write_golden(golden_rows, tried.answer),
        "validation.json": canonical(validation),
    }
    files = {name: sha256(held) for name, held in content.items()}
    content["scorecard.json"] = canonical({"format": FORMAT, "files": files, **spec.to_json()})
    digest = sha256(content["scorecard.json"])
    content["provenance.json"] = canonical({**provenance, "scorecard": digest})
    write_folder(Path(folder), content)
    return digest

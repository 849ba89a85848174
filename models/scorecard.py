"""The scorecard: a verified folder that turns profiles into points, probabilities, grades and reasons.

The only file of this room that meets LightGBM.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np

from models.assessment import Assessment, Assessor
from models.canonical import canonical, read_canonical, sha256, write_folder
from models.catalogue import Catalogue
from models.errors import ScorecardError
from models.folder import Files, read_folder
from models.gates import gates
from models.golden import Profile, replay_golden, vector, write_golden
from models.smoke import smoke_load
from models.spec import FORMAT, Gate, Spec


def parse_booster(text: str) -> lgb.Booster:
    """Parse a booster's text: only after its digest was verified, or in a process that may die of it."""
    return lgb.Booster(model_str=text)


def declaration(files: Files) -> Spec:
    """Return what a verified folder says of itself.

    Raises:
        ScorecardError: this code cannot read it.
    """
    told = files.scorecard
    if told.get("format") != FORMAT:
        raise ScorecardError(
            f"Gate format: {files.folder} is of format {told.get('format')}; this code reads {FORMAT}. "
            "Train again with this code, or run the code that trained it."
        )
    try:
        return Spec.from_json({key: value for key, value in told.items() if key not in ("files", "format")})
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(files.folder, error) from error


def _unreadable(folder: Path | str, error: Exception) -> ScorecardError:
    return ScorecardError(f"Gate format: {folder} is not a scorecard this code can read: {error}.")


class Scorecard:
    """One opened release or candidate; immutable and safe to share between threads."""

    def __init__(
        self,
        spec: Spec,
        booster_text: str,
        *,
        digest: str = "",
        folder: Path | None = None,
        version: str = "candidate",
        validation: Mapping[str, Any] | None = None,
        catalogue: Catalogue | None = None,
    ) -> None:
        smoke_load(booster_text, [c.name for c in spec.columns])
        self.spec, self.digest, self.folder, self.version = spec, digest, folder, version
        self.validation = validation or {}
        self.catalogue = catalogue or Catalogue.running()
        self.columns = tuple(c.name for c in spec.columns)
        self._booster = parse_booster(booster_text)
        if self._booster.feature_name() != list(self.columns):
            raise ScorecardError("booster.txt does not have the scorecard's columns in their order.")
        self._assessor = Assessor(spec, self.catalogue)

    @classmethod
    def open(cls, folder: Path | str, *, digest: str | None = None, catalogue: Catalogue | None = None) -> "Scorecard":
        """Verify, try and open a folder; `digest` is the one that was approved, if that is known.

        Digests are verified before LightGBM sees a byte; a child process loads the booster first; then the golden
        cases must be answered as they were.

        Raises:
            ScorecardError: any of that fails.
        """
        files = read_folder(folder, digest=digest)
        spec = declaration(files)
        try:
            opened = cls(
                spec,
                files.content["booster.txt"].decode("ascii"),
                digest=files.digest,
                folder=files.folder,
                version=files.approval["version"] if files.approval else "candidate",
                validation=read_canonical(files.content["validation.json"]),
                catalogue=catalogue,
            )
        except ScorecardError:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise _unreadable(folder, error) from error
        replay_golden(files.content["golden.jsonl"], opened.answer)
        return opened

    @property
    def name(self) -> str:
        """The scorecard's name."""
        return self.spec.name

    @property
    def evidence_columns(self) -> tuple[str, ...]:
        """Profile columns that reasons may show beside the inputs."""
        inputs = set(self.columns)
        return tuple(sorted({e for c in self.spec.columns for e in c.evidence if e not in inputs}))

    @property
    def monotone_constraints(self) -> list[int]:
        """The monotone constraints that the booster says it was fitted under."""
        return self._booster.dump_model(num_iteration=1).get("monotone_constraints") or [0] * len(self.columns)

    @property
    def failed_gates(self) -> tuple[str, ...]:
        """Names of the gates that the folder itself says are failed."""
        return tuple(sorted(name for name, gate in self.spec.gates.items() if not gate.passed))

    def assess(self, values: np.ndarray, evidence: Mapping[str, float | None] | None = None) -> Assessment:
        """Assess one profile: float64 values in the order of `columns`, NaN for null.

        `evidence` holds further columns of the profile; of those, `evidence_columns` may be shown.
        """
        rows = self._checked(np.asarray(values, dtype=np.float64)[np.newaxis, :])
        margin = self._booster.predict(rows, raw_score=True, num_threads=1)
        shares = self._booster.predict(rows, pred_contrib=True, num_threads=1)
        return self._assessor.assess(rows[0], float(margin[0]), shares[0], evidence or {})

    def answer(self, profile: Profile) -> dict[str, Any]:
        """Assess a profile given by name, as plain JSON: what golden cases are made of."""
        told = self.assess(vector(self.columns, profile), profile)
        return {"status": told.status, "codes": list(told.codes), "supplier": told.supplier}

    def margins(self, rows: np.ndarray) -> np.ndarray:
        """The booster's raw margins."""
        rows = self._checked(rows)
        return np.asarray(self._booster.predict(rows, raw_score=True)) if len(rows) else np.empty(0)

    def pd(self, rows: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of bad."""
        return 1 / (1 + np.exp(-self.spec.calibration.log_odds_bad(self.margins(rows))))

    def points(self, rows: np.ndarray) -> np.ndarray:
        """Exact points."""
        return self._assessor.points(self.margins(rows))

    def contributions(self, rows: np.ndarray) -> tuple[float, np.ndarray]:
        """Base points, and each column's contribution in points: base + row sum = points to 1e-9."""
        shares = np.asarray(self._booster.predict(self._checked(rows), pred_contrib=True))
        return self._assessor.points(float(shares[0, -1])), self._assessor.contributions(shares[:, :-1])

    def _checked(self, rows: np.ndarray) -> np.ndarray:
        """LightGBM scores infinities, and vectors in any order, without a word: refuse what can be seen."""
        rows = np.ascontiguousarray(rows, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self.columns):
            raise ValueError(f"Profiles must have {len(self.columns)} columns; their shape is {rows.shape}.")
        if np.isinf(rows).any():
            raise ValueError("A profile holds an infinite value.")
        return rows


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
            test, which promotion judges by; the rest bears out what training judged (`models.gates.BORNE_OUT`).
        card: writes the model card, given every gate; like all of the above, without time, run or person.
        provenance: when, run id, commit, machine: beside the digest.
        catalogue: reasons other than the running code's.
    """
    tried = Scorecard(spec, booster_text, validation=validation, catalogue=catalogue)
    spec = replace(spec, gates={**spec.gates, **gates(tried)})
    content = {
        "booster.txt": booster_text.encode("ascii"),
        "card.md": card(spec.gates).encode(),
        "golden.jsonl": write_golden(golden_rows, tried.answer),
        "validation.json": canonical(validation),
    }
    files = {name: sha256(held) for name, held in content.items()}
    content["scorecard.json"] = canonical({"format": FORMAT, "files": files, **spec.to_json()})
    digest = sha256(content["scorecard.json"])
    content["provenance.json"] = canonical({**provenance, "scorecard": digest})
    write_folder(Path(folder), content)
    return digest, spec.gates

"""The scorecard: a verified folder that turns profiles into points, probabilities, grades and reasons."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from models.canonical_json import read_canonical
from models.errors import ScorecardError
from models.scorecard.booster import parse_booster
from models.scorecard.folder import Files, read_folder
from models.scorecard.golden import Profile, replay_golden, vector
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.score import ProfileScorer, ScoreResult
from models.scorecard.spec import FORMAT, Spec
from models.scorecard.trial_load import trial_load


def declaration(files: Files) -> Spec:
    """Return the declaration of a verified folder.

    Raises:
        ScorecardError: this code cannot read it.
    """
    document = files.scorecard
    if document.get("format") != FORMAT:
        raise ScorecardError(
            f"Gate format: {files.folder} is of format {document.get('format')}; this code reads {FORMAT}. "
            "Train again with this code, or run the code that trained it."
        )
    try:
        return Spec.from_json({key: value for key, value in document.items() if key not in ("files", "format")})
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(files.folder, error) from error


def words(files: Files) -> Catalogue:
    """Return the reason catalogue of a verified folder.

    Raises:
        ScorecardError: `reasons.json` is not a reason catalogue.
    """
    try:
        return Catalogue.from_json(read_canonical(files.content["reasons.json"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
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
        trial_load(booster_text, [c.name for c in spec.columns])
        self.spec, self.digest, self.folder, self.version = spec, digest, folder, version
        self.validation = validation or {}
        self.catalogue = catalogue or Catalogue.of_this_code()
        self.columns = tuple(c.name for c in spec.columns)
        self._booster = parse_booster(booster_text)
        if self._booster.feature_name() != list(self.columns):
            raise ScorecardError("booster.txt does not have the scorecard's columns in their order.")
        self._scorer = ProfileScorer(spec, self.catalogue)

    @classmethod
    def open(cls, folder: Path | str, *, digest: str | None = None) -> "Scorecard":
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
                catalogue=words(files),
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
        """The monotone constraints in the booster's header."""
        return self._booster.dump_model(num_iteration=1).get("monotone_constraints") or [0] * len(self.columns)

    @property
    def failed_gates(self) -> tuple[str, ...]:
        """Names of the gates that failed when the folder was written."""
        return tuple(sorted(name for name, gate in self.spec.gates.items() if not gate.passed))

    def score(self, values: np.ndarray, evidence: Mapping[str, float | None] | None = None) -> ScoreResult:
        """Score one profile: float64 values in the order of `columns`, NaN for null.

        `evidence` holds further columns of the profile; of those, `evidence_columns` may be shown.
        """
        rows = self._checked(np.asarray(values, dtype=np.float64)[np.newaxis, :])
        read = self._scorer.branched(rows)
        margin = self._booster.predict(read, raw_score=True, num_threads=1)
        shares = self._booster.predict(read, pred_contrib=True, num_threads=1)
        return self._scorer.score(rows[0], float(margin[0]), shares[0], evidence or {})

    def answer(self, profile: Profile) -> dict[str, Any]:
        """Score a profile given by column name, as plain JSON: the form of golden answers.

        It lacks `reasons.other`, which follows from the rest; the golden answers of earlier releases do too.
        """
        result = self.score(vector(self.columns, profile), profile)
        supplier = result.supplier
        if supplier is not None:
            reasons = {name: value for name, value in supplier["reasons"].items() if name != "other"}
            supplier = supplier | {"reasons": reasons}
        return {"status": result.status, "codes": list(result.codes), "supplier": supplier}

    def margins(self, rows: np.ndarray) -> np.ndarray:
        """The booster's raw margins."""
        rows = self._scorer.branched(self._checked(rows))
        return np.asarray(self._booster.predict(rows, raw_score=True)) if len(rows) else np.empty(0)

    def pd(self, rows: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of bad."""
        return 1 / (1 + np.exp(-self.spec.calibration.log_odds_bad(self.margins(rows))))

    def points(self, rows: np.ndarray) -> np.ndarray:
        """Exact points."""
        return self._scorer.points(self.margins(rows))

    def contributions(self, rows: np.ndarray) -> tuple[float, np.ndarray]:
        """Base points, and each column's contribution in points: base + row sum = points to 1e-9."""
        rows = self._scorer.branched(self._checked(rows))
        shares = np.asarray(self._booster.predict(rows, pred_contrib=True))
        return self._scorer.points(float(shares[0, -1])), self._scorer.contributions(shares[:, :-1])

    def _checked(self, rows: np.ndarray) -> np.ndarray:
        """LightGBM scores infinities without an error: refuse them, and a wrong number of columns."""
        rows = np.ascontiguousarray(rows, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self.columns):
            raise ValueError(f"Profiles must have {len(self.columns)} columns; their shape is {rows.shape}.")
        if np.isinf(rows).any():
            raise ValueError("A profile holds an infinite value.")
        return rows

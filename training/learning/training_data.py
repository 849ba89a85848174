"""The data of a training run: usable cases with their profiles, split by time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from features.declarations.feature import FeatureColumn
from features.engines.digest import features_digest
from features.errors import InputError
from features.facts.store import Facts
from features.profiles.build import build_profiles
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.spec import Gate
from training.cases import outcomes
from training.cases.copies import copies
from training.cases.enough import missing_of, refuse_too_few
from training.cases.population import matrix, varying_columns
from training.cases.read_cases import read_cases
from training.cases.split import Mask, Split, default_split, grouped, split, timeless
from training.figures import Floats
from training.learning import leaks
from training.learning.fit import OUT_OF_FOLD, Sample, comparable
from training.outside.columns import External, read_external

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Choices:
    """Options of the data besides outcome, cases and split.

    Attributes:
        parameters: of the outcome, as text, where they are to differ from its declaration.
        external: a file of columns from outside, and `external_spec` what is declared of them.
        without: columns to leave out.
        accepted_leaks: columns that stay although the leak detector stops or warns, each with a reason.
        declared_weights: whether scorecards of declared weights, and those that build on them, take part.
        without_out_of_time: the reason why a scorecard may be promoted without a test out of time; empty: it may not.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    external: Path | None = None
    external_spec: Path | None = None
    without: Sequence[str] = ()
    accepted_leaks: Mapping[str, str] = field(default_factory=dict)
    declared_weights: bool = True
    without_out_of_time: str = ""


NOTHING_CHOSEN = Choices()


@dataclass(frozen=True)
class TrainingData:
    """Usable cases and their profiles, both in the order of `case_id`.

    Attributes:
        counts: all cases by state, the usable ones among them.
        columns: those that differ between the training cases.
        values: the profiles' matrix of these columns.
        findings: out-of-fold skill of each column alone, the highest AUC first.
        external: the columns from outside, which `profiles` and `columns` hold too.
        without: columns that were left out on request.
        declared_weights: whether declared weights take part.
        notes: what the data lack without being wrong, each with its counts and a remedy.
        without_out_of_time: the reason why no test out of time is needed; empty without one.
    """

    outcome: outcomes.Outcome
    counts: Mapping[str, int]
    cases: pa.Table
    profiles: pa.Table
    split: Split
    columns: Sequence[FeatureColumn]
    values: Floats
    findings: Sequence[leaks.Finding] = ()
    external: External | None = None
    without: Sequence[str] = ()
    declared_weights: bool = True
    notes: Sequence[str] = ()
    without_out_of_time: str = ""

    @property
    def bad(self) -> Floats:
        """Outcomes, 1 for bad."""
        return np.asarray(self.cases["bad"].to_numpy(), dtype=np.float64)

    @cached_property
    def served_values(self) -> Floats:
        """The matrix as a scorecard reads it: the training median where a value is missing that never was in training.

        `ProfileScorer.branched` does the same with a served profile.
        """
        learned = self.values[self.split.training]
        never_null = ~np.isnan(learned).any(axis=0)
        medians = np.full(learned.shape[1], np.nan)
        medians[never_null] = np.quantile(learned[:, never_null], 0.5, axis=0, method="inverted_cdf")
        return np.where(np.isnan(self.values), medians, self.values)

    @cached_property
    def weight(self) -> Floats:
        """How many cases each stands for, in the units of a `Sample`."""
        return comparable(np.asarray(self.cases["weight"].to_numpy(), dtype=np.float64), self.bad)

    @cached_property
    def supplier(self) -> np.ndarray:
        """The supplier of each case."""
        return np.asarray(self.cases["supplier_id"].to_pylist(), dtype=str)

    @cached_property
    def tested(self) -> np.ndarray:
        """Places of the test cases, each as often as its weight says: a whole number of times, drawn where it is not.

        So every count, interval and test of the validation is of the population that the weights stand for.
        """
        return copies(np.flatnonzero(self.split.test), self.weight, self.cases["case_id"].to_pylist())

    @property
    def as_of(self) -> np.ndarray:
        """The instants of the cases, in UTC."""
        return np.asarray(self.cases["as_of"].to_numpy(), dtype="datetime64[us]")

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [c.name for c in self.columns]

    @property
    def features_digest(self) -> str:
        """Digest of the columns' declarations, those from outside included."""
        return self.external.features_digest(self.names) if self.external else features_digest(self.names)

    @property
    def catalogue(self) -> Catalogue:
        """The sentences of the columns' reasons."""
        return self.external.catalogue if self.external else Catalogue.of_this_code()

    @property
    def gates(self) -> dict[str, Gate]:
        """The gates that follow from the columns."""
        outside = {"external": self.external.gate} if self.external else {}
        timeless = {"out_of_time": self._out_of_time_gate()} if self.split.grouped else {}
        return {"leaks": leaks.gate(self.findings), **outside, **timeless}

    def _out_of_time_gate(self) -> Gate:
        text = "There is no test out of time: no outcome was known before the last case began. "
        text += "The figures are of grouped cross-validation by supplier."
        if self.without_out_of_time:
            return Gate(True, f"{text} Accepted, because: {self.without_out_of_time}.")
        fix = "Import cases of several dates, or say why none is needed: --without-out-of-time REASON."
        return Gate(False, text, fix)

    def to_json(self) -> dict[str, Any]:
        """The scorecard's record of its data besides facts, split and counts."""
        record: dict[str, Any] = {"outcome": self.outcome.declaration}
        if self.external:
            record["external"] = self.external.to_json()
        if self.without:
            record["without"] = sorted(self.without)
        if not self.declared_weights:
            record["declared_weights"] = False
        if self.notes:
            record["notes"] = list(self.notes)
        if self.split.grouped:
            record["test"] = "grouped cross-validation"
        return record

    def sample(self, mask: Mask) -> Sample:
        """The cases under a mask, as a sample to fit on."""
        return Sample(
            values=self.values[mask],
            bad=self.bad[mask],
            weight=self.weight[mask],
            as_of=self.as_of[mask],
            supplier=self.cases["supplier_id"].filter(pa.array(mask)).to_pylist(),
            columns=self.names,
            monotone=[c.monotone for c in self.columns],
        )


def gather(
    facts: Facts,
    outcome: str,
    *,
    unit: str,
    spine: pa.Table | Path | None,
    out_of_time_from: str | date | datetime | None,
    progress: Progress,
    choices: Choices = NOTHING_CHOSEN,
) -> TrainingData:
    """Read the cases, split them, build the profiles of training and test cases, look for leaks."""
    progress("reading the cases and their outcomes")
    declared = outcomes.outcome(outcome, changes=choices.parameters)
    counts, cases = read_cases(facts, declared, unit=unit, spine=spine)
    full_split = _periods(facts, cases, out_of_time_from)
    refuse_too_few(cases, full_split, folds=OUT_OF_FOLD)
    notes = missing_of(facts, cases, full_split)
    for note in notes:
        progress(note)

    in_use = full_split.training | full_split.test  # waiting cases are in neither part
    used_cases = cases.filter(pa.array(in_use))
    used_split = full_split.under(in_use)
    external = _external(facts, used_cases, choices, progress)
    progress(f"profiling {used_cases.num_rows} cases")
    columns, profiles = _profiles(facts, used_cases, unit=unit)
    if external:
        columns, profiles = (*columns, *external.columns), external.beside(profiles)
    used_columns = _chosen(columns, profiles, used_split.training, choices.without, where=str(facts.path))
    values = matrix(profiles, [c.name for c in used_columns])
    counts = {**counts, "not_known_before_split": int(full_split.waiting.sum())}
    data = TrainingData(
        declared,
        counts,
        used_cases,
        profiles,
        used_split,
        used_columns,
        values,
        external=external,
        without=tuple(choices.without),
        declared_weights=choices.declared_weights,
        notes=notes,
        without_out_of_time=choices.without_out_of_time.strip().rstrip(".。"),
    )
    progress(f"looking for leaks in {len(used_columns)} columns")
    return replace(data, findings=_findings(data, choices.accepted_leaks))


def _periods(facts: Facts, cases: pa.Table, out_of_time_from: str | date | datetime | None) -> Split:
    """The split by time, or every case in both parts where there is no time to split by."""
    if out_of_time_from is not None:
        return split(cases, at=facts.instant(out_of_time_from))
    return grouped(cases) if timeless(cases) else split(cases, at=default_split(cases, facts))


def _external(facts: Facts, cases: pa.Table, choices: Choices, progress: Progress) -> External | None:
    if (choices.external is None) != (choices.external_spec is None):
        missing_option = "--external-spec" if choices.external else "--external"
        raise InputError("A file of outside columns and its spec go together.", fix=f"Give {missing_option} too.")
    if choices.external is None or choices.external_spec is None:
        return None
    progress("reading the columns from outside")
    external = read_external(choices.external, choices.external_spec, cases, facts)
    for note in external.notes():
        progress(note)
    return external


def _profiles(facts: Facts, cases: pa.Table, *, unit: str) -> tuple[tuple[FeatureColumn, ...], pa.Table]:
    from features.declarations.catalogue import COLUMNS

    columns = tuple(c for c in COLUMNS if unit == "request" or c.feature.table != "request")
    terms = outcomes.TERMS if unit == "request" else ()
    profiles = build_profiles(facts, cases.select(["case_id", "supplier_id", "as_of", "tenant_id", *terms]), columns)
    if profiles["case_id"].to_pylist() != cases["case_id"].to_pylist():
        raise AssertionError("profiles and cases are ordered differently")
    return columns, profiles


def _chosen(
    columns: Sequence[FeatureColumn], profiles: pa.Table, learned: Mask, without: Sequence[str], *, where: str
) -> list[FeatureColumn]:
    """The columns that differ between the training cases, without those to leave out."""
    names = [c.name for c in columns]
    if unknown_names := [name for name in without if name not in names]:
        raise InputError(f"There is no column {unknown_names[0]!r} to leave out.", where="--without")
    chosen = [c for c in varying_columns(columns, matrix(profiles, names)[learned]) if c.name not in without]
    if not chosen:
        raise InputError(
            "Not evaluable: no column differs between the training cases.",
            where=where,
            fix="Import more tables about these suppliers before the cases.",
        )
    return chosen


def _findings(data: TrainingData, accepted: Mapping[str, str]) -> tuple[leaks.Finding, ...]:
    """The leak detector's findings in the training cases; the test cases are not used."""
    learned = data.split.training
    sample = data.sample(learned)
    delays = {name: delay[learned] for name, delay in data.external.delays.items()} if data.external else {}
    findings = leaks.judge(
        data.names,
        sample.values,
        sample.bad,
        sample.supplier,
        delays=delays,
        accepted=accepted,
        weight=sample.weight,
    )
    leaks.refuse(findings)
    return findings

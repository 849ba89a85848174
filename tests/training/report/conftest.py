"""One written candidate, the input of its report, and the same input with few bads or hostile names."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from features.declarations.feature import Text
from tests.training.report.reading import HOSTILE
from training import words
from training.report.report_input import Contributions, ReportInput
from training.report.words import Words
from training.validation.parts.all_parts import validation_parts


class Recorded(Mapping):
    """The sentences, and the keys of those that were read."""

    def __init__(self, sentences):
        self._sentences = sentences
        self.read = set()

    def __getitem__(self, key):
        self.read.add(key)
        return self._sentences[key]

    def __contains__(self, key):
        return key in self._sentences

    def __iter__(self):
        return iter(self._sentences)

    def __len__(self):
        return len(self._sentences)


@pytest.fixture(scope="session")
def recorded():
    """From here on the keys of all sentences that are read are recorded."""
    reading, original = Recorded(words.sentences(Words.tables)), words.sentences
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(words, "sentences", lambda tables: reading if tables == Words.tables else original(tables))
        yield reading


@pytest.fixture(scope="session")
def candidate(learned, tmp_path_factory):
    """The written candidate's folder, its digest, its declaration and its gates."""
    from training.candidate import write_candidate
    from training.evidence.validate_study import gates

    spec = replace(learned.spec, gates=gates(learned.studied, learned.validation))
    out = tmp_path_factory.mktemp("written") / "contract-loan-0123456789"
    folder, digest, judged = write_candidate(learned.studied, spec, learned.validation, out=out, run_id="0" * 32)
    return folder, digest, spec, judged


@pytest.fixture(scope="session")
def report(learned, candidate, recorded):
    """The input of the shared study's report."""
    from training.report.report_input import report_input

    folder, digest, spec, judged = candidate
    return report_input(learned.facts, learned.studied, spec, learned.validation, judged, folder=folder, digest=digest)


def with_bads(learned, report: ReportInput, bads: int) -> ReportInput:
    """The input of the same scorecard's report if `bads` test cases were bad; twenty cases are explained."""
    from training.evidence.study_cases import developed, tested

    evidence = tested(learned.facts, learned.studied, report.spec.scale)
    worst = np.argsort(-evidence.pd, kind="stable")
    bad = np.zeros(evidence.n)
    bad[worst[: 3 * bads : 3]] = 1
    development = developed(learned.facts, learned.studied, report.spec.scale)
    parts = validation_parts(replace(evidence, bad=bad), development=development, draws=20)
    few = {"en": "There are few bads to learn from.", "zh": "坏样本太少。"}
    beside = {
        "cannot_conclude": [few],
        "leaks": {**report.validation["leaks"], "columns": []},
        "representativeness": {**report.validation["representativeness"], "applicants": None, "suppliers": None},
        "implementation": {"cases": 0, "cells": 0, "differing": 0},
    }
    contributions = Contributions(
        report.contributions.values[:20], report.contributions.points[:20], report.contributions.base
    )
    return replace(report, validation={**report.validation, **parts, **beside}, contributions=contributions)


@pytest.fixture(scope="session")
def scarce(learned, report):
    """Six bads after the split."""
    return with_bads(learned, report, 6)


@pytest.fixture(scope="session")
def none_bad(learned, report):
    """No bad at all after the split, and no facts but the outcomes."""
    without_bads = with_bads(learned, report, 0)
    spec = replace(without_bads.spec, population={**without_bads.spec.population, "kinds": {}})
    return replace(without_bads, sources=(), spec=spec)


@pytest.fixture(scope="session")
def hostile(scarce):
    """Labels from outside that try to break the page."""
    first = scarce.spec.columns[scarce.contributions.order[0]].name
    segments = scarce.validation["segments"]
    kinds = segments["dimensions"]["kind"]
    odd = {**kinds, "values": {HOSTILE: next(iter(kinds["values"].values()))}, "reference": HOSTILE}
    leaks = {**scarce.validation["leaks"], "columns": [leak(HOSTILE)]}
    validation = {
        **scarce.validation,
        "segments": {**segments, "dimensions": {**segments["dimensions"], "kind": odd}},
        "leaks": leaks,
    }
    data = {**scarce.spec.data, "central_tendency": {"rate": 0.02, "reason": HOSTILE}}
    labels = {**scarce.labels, first: Text(zh=HOSTILE, en=HOSTILE)}
    return replace(scarce, labels=labels, validation=validation, spec=replace(scarce.spec, data=data))


def leak(reason):
    return {
        **{"column": "contracts_365d", "what": "value", "auc": 0.85, "low": 0.8, "high": 0.9},
        **{"verdict": "accepted", "reason": reason},
    }

"""The cases of a study as input of a validation: test and development, their segments and record groups."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.declarations.catalogue import FEATURES
from features.declarations.families.history_flags import SUBJECTS, subject_of
from features.declarations.feature import Risk
from features.engines.duckdb_engine import attach, connect
from features.facts.store import Facts
from models.scorecard.scale import Scale
from training.cases.copies import copies
from training.cases.population import matrix
from training.cases.split import Mask
from training.figures import Floats
from training.learning.study import Study
from training.validation.measures.evidence import Evidence, Labels

THIN = 6  # contracts in the history; with fewer the file is thin
DIMENSIONS = ("kind", "size_class", "region", "industry")


def tested(facts: Facts, studied: Study, scale: Scale) -> Evidence:
    """The cases after the split, with the PDs of the written scorecard."""
    data = studied.data
    log_odds = np.full(len(data.bad), np.nan)
    log_odds[data.split.test] = studied.platt.log_odds(studied.tested_margin)
    return _evidence(facts, studied, scale, data.tested, log_odds[data.tested])


def developed(facts: Facts, studied: Study, scale: Scale) -> Evidence:
    """The training cases, with their out-of-fold PDs."""
    data = studied.data
    log_odds = np.full(len(data.bad), np.nan)
    log_odds[data.split.training] = studied.platt.log_odds(studied.out_of_fold)
    rows = copies(np.flatnonzero(np.isfinite(log_odds)), data.weight, data.cases["case_id"].to_pylist())
    return _evidence(facts, studied, scale, rows, log_odds[rows])


def record_groups(studied: Study) -> dict[str, Mask]:
    """The test cases without a history, with a partly unknown one, and with a clean one, by subject of a history flag.

    Of the cases with a history in which no risk-raising column of the subject has a value above 0, those with every
    such column known are clean; those with a null among them are unknown: under a monotone constraint a null goes to
    the safe side as a 0 does.
    """
    data = studied.data
    profiles = data.profiles.take(pa.array(data.tested))
    names = set(profiles.column_names)
    masks = {}
    for subject in SUBJECTS:
        flag = f"no_{subject.name}_history"
        if flag not in names:
            continue
        absent = matrix(profiles, [flag])[:, 0] == 1
        risky = [c.name for f in FEATURES if f.risk is Risk.RISES and subject_of(f) is subject for c in f.columns]
        values = matrix(profiles, [name for name in risky if name in names])
        nothing_against = ~absent & ~(np.nansum(np.abs(values), axis=1) > 0)
        partly_unknown = np.isnan(values).any(axis=1)
        masks[flag] = absent
        masks[f"unknown_{subject.name}"] = nothing_against & partly_unknown
        masks[f"clean_{subject.name}"] = nothing_against & ~partly_unknown
    return masks


def segments(facts: Facts, cases: pa.Table, history: Floats) -> dict[str, Labels]:
    """Segments of each case's supplier on the day: its registry entry, and whether its history is short.

    Args:
        history: contracts in the history of each case, NaN where that is unknown.
    """
    depth = np.where(history < THIN, "thin", "thick").astype(object)
    depth[np.isnan(history)] = None
    return {**_registered(facts, cases), "history": depth}


def local(instants: NDArray[np.datetime64], tz: str) -> NDArray[np.datetime64]:
    """Naive UTC instants as naive local ones."""
    zone = ZoneInfo(tz)

    def shift(instant: datetime) -> datetime:
        return instant.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)

    different, place = np.unique(instants, return_inverse=True)
    local_instants = [shift(instant) for instant in different.astype("datetime64[us]").tolist()]
    return np.array(local_instants, dtype="datetime64[us]")[place]


def _evidence(facts: Facts, studied: Study, scale: Scale, mask: NDArray[np.intp], log_odds: Floats) -> Evidence:
    data = studied.data
    cases, profiles = (table.take(pa.array(mask)) for table in (data.cases, data.profiles))
    unknown = np.full(cases.num_rows, np.nan)
    history = matrix(profiles, ["history_contracts"])[:, 0] if "history_contracts" in profiles.column_names else unknown
    return Evidence(
        bad=data.bad[mask],
        pd=1 / (1 + np.exp(-log_odds)),
        margin=log_odds,
        points=scale.points(log_odds),
        supplier=np.asarray(cases["supplier_id"].to_pylist(), dtype=str),
        as_of=local(data.as_of[mask], facts.tz),
        segments=segments(facts, cases, history),
        exposure=_exposure(facts, cases),
    )


def _exposure(facts: Facts, cases: pa.Table) -> Floats | None:
    """The amount of each case in the reporting currency; None where none has any."""
    amounts = [
        float(amount) if amount is not None and amount > 0 and currency in (None, facts.currency) else np.nan
        for amount, currency in zip(cases["amount"].to_pylist(), cases["currency"].to_pylist(), strict=True)
    ]
    exposure = np.array(amounts, dtype=np.float64)
    return None if np.isnan(exposure).all() else exposure


def _registered(facts: Facts, cases: pa.Table) -> Mapping[str, Labels]:
    """The registry entry of each case's supplier as known on the case's day."""
    lookups = pa.table(
        {"n": pa.array(range(cases.num_rows), pa.int64()), "supplier": cases["supplier_id"], "at": cases["as_of"]}
    )
    connection = connect()
    try:
        attach(connection, facts)
        connection.register("lookups", lookups)
        rows = connection.execute(
            f"SELECT {', '.join(f's.{d}' for d in DIMENSIONS)} FROM lookups a LEFT JOIN suppliers s"
            " ON s.supplier_id = a.supplier AND s.known_at < a.at"
            " AND (s.known_until IS NULL OR s.known_until >= a.at) AND NOT s.retracted ORDER BY a.n"
        ).fetchall()
    finally:
        connection.close()
    columns = list(zip(*rows, strict=True)) or [()] * len(DIMENSIONS)
    return {d: np.array(labels, dtype=object) for d, labels in zip(DIMENSIONS, columns, strict=True)}

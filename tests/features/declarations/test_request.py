"""Request formulas give the same bits interpreted as they do on the engine."""

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.declarations.exact import ratio
from features.declarations.feature import Risk, Text, Unit, feature
from features.declarations.request_formulas import TERMS, Request, expression, request_values

PROFILE = ("turnover_365d", "average_term")
SENTENCE = Text(zh="句子", en="A sentence")
numbers = st.one_of(st.none(), st.just(0.0), st.floats(-1e12, 1e12, allow_nan=False))
words = st.sampled_from([None, "goods", "works"])


def declared(formula):
    made = feature(
        code="R101",
        table="request",
        unit=Unit.RATIO,
        risk=Risk.RISES,
        label=SENTENCE,
        adverse=SENTENCE,
        favourable=SENTENCE,
    )
    return made(formula)


@declared
def amount_to_turnover(r):
    """Amount asked against a year's turnover."""
    return ratio(r.amount, r.turnover_365d)


@declared
def longer_works(r):
    """Works for longer than usual, three-valued."""
    return ibis.ifelse(
        (r.category == "works") & (r.days > r.average_term), 1.0, ibis.ifelse(r.days.isnull(), None, 0.5)
    )


@declared
def daily_amount(r):
    """Amount a day, a missing term read as thirty days, less one."""
    return r.amount / r.days.fill_null(30.0).nullif(0.0) - 1.0


FORMULAS = (amount_to_turnover, longer_works, daily_amount)


def interpreted(made, rows):
    terms = {
        name: np.array([r.get(name) for r in rows], dtype=object)
        if kind == "string"
        else np.array([np.nan if r.get(name) is None else r[name] for r in rows])
        for name, kind in TERMS.items()
    }
    profile = {name: np.array([np.nan if r[name] is None else r[name] for r in rows]) for name in PROFILE}
    return request_values(made.columns, terms, profile, len(rows))[made.name]


def on_duckdb(made, rows):
    fields = [(n, pa.float64()) for n in PROFILE]
    fields += [(n, pa.string() if k == "string" else pa.float64()) for n, k in TERMS.items()]
    request = pa.Table.from_pylist(rows, schema=pa.schema(fields))  # noqa: F841 (DuckDB reads it by name)
    sql = ibis.to_sql(expression(made, PROFILE).name("x"), dialect="duckdb")
    return [r[0] for r in duckdb.sql(str(sql)).fetchall()]


@given(
    st.lists(
        st.fixed_dictionaries(
            dict.fromkeys(PROFILE, numbers)
            | dict.fromkeys(("amount", "days", "bidders"), numbers)
            | {"category": words, "method": words}
        ),
        min_size=1,
        max_size=20,
    )
)
def test_the_interpreter_and_the_engine_give_the_same_bits(rows):
    for made in FORMULAS:
        ours = interpreted(made, rows)
        theirs = np.array([np.nan if v is None else v for v in on_duckdb(made, rows)], dtype=float)
        assert ours.tobytes() == theirs.tobytes() or np.array_equal(ours, theirs, equal_nan=True)


def test_an_unknown_denominator_leaves_the_ratio_unknown():
    row = {
        "amount": 5.0,
        "turnover_365d": None,
        "average_term": 1.0,
        "days": 1.0,
        "bidders": None,
        "category": None,
        "method": None,
    }
    assert np.isnan(interpreted(amount_to_turnover, [row])[0])


def test_a_formula_beyond_arithmetic_and_comparison_is_refused():
    made = declared(_log_amount)
    with pytest.raises(ValueError, match="may not use"):
        interpreted(made, [dict.fromkeys([*PROFILE, *TERMS], 1.0)])


def _log_amount(r):
    """Logarithm of the amount: not allowed, engines differ in its last bit."""
    return r.amount.log()


def test_a_request_sees_every_profile_column_by_name():
    assert Request(PROFILE).turnover_365d.type().is_floating()

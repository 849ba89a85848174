from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scorecard.reason_catalogue import Catalogue, MissingDataCode, Sentences
from models.scorecard.reasons import POINTS_MIN, REASONS_MAX, Reasons, shown
from models.scorecard.spec import ColumnSpec

NAN = float("nan")


def column(name, code, risk="rises", median=0.2, low=0.0, high=1.0, **more):
    return ColumnSpec(name, code, code[0], more.pop("unit", "ratio"), risk, low, high, median, **more)


COLUMNS = (
    column("late_180d", "D101", evidence=("deliveries",)),
    column("late_365d", "D101"),
    column("no_delivery_history", "D100", risk="unsigned", unit="flag", median=0.0),
    column("buyers", "D105", risk="unsigned", median=3.0),
    column("contracts", "T101", risk="falls", median=5.0, high=40.0),
    column("misconducts", "I101", median=0.0, high=3.0),
    *(column(f"other_{k}", f"V10{k}") for k in range(1, 7)),
)
CODES = [*sorted({c.code for c in COLUMNS} - {"D100", "D105"}), "Q010", "Q020", "Q030", "Q040"]
CATALOGUE = Catalogue(
    {c: Sentences({"zh": f"{c} 不利", "en": f"{c} against"}, {"zh": f"{c} 有利", "en": f"{c} for"}) for c in CODES},
    {
        "D": MissingDataCode("Q010", frozenset({"no_delivery_history"})),
        "T": MissingDataCode("Q020"),
        "I": MissingDataCode("Q030"),
        "V": MissingDataCode("Q040"),
    },
)
REASONS = Reasons(COLUMNS, CATALOGUE)
PLACE = {c.name: j for j, c in enumerate(COLUMNS)}


def tell(values=None, contributions=None, base=600.04, evidence=None):
    v = np.array([(values or {}).get(c.name, c.median) for c in COLUMNS], dtype=np.float64)
    p = np.array([(contributions or {}).get(c.name, 0.0) for c in COLUMNS], dtype=np.float64)
    points = round(base + p.sum())
    return points, REASONS.block(points=points, base=base, contributions=p.tolist(), values=v, evidence=evidence or {})


def reasons_of(values=None, contributions=None, **more):
    return tell(values, contributions, **more)[1]


def codes(reasons):
    return [r["code"] for r in reasons]


def test_windows_of_one_code_are_summed_and_speak_once():
    reasons = reasons_of({"late_180d": 0.5, "late_365d": 0.4}, {"late_180d": -6.0, "late_365d": -3.0})
    assert [(r["code"], r["points"]) for r in reasons["adverse"]] == [("D101", -9.0)]
    assert reasons["adverse"][0]["text"] == {"zh": "D101 不利", "en": "D101 against"}


def test_the_value_behind_a_reason_is_that_of_the_column_that_contributes_most_to_it():
    reasons = reasons_of({"late_180d": 0.5, "late_365d": 0.4}, {"late_180d": -1.0, "late_365d": -3.0})
    assert reasons["adverse"][0]["evidence"] == {"late_365d": 0.4}


def test_a_column_shows_the_further_evidence_it_declares():
    reasons = reasons_of({"late_180d": 5 / 22}, {"late_180d": -4.0}, evidence={"deliveries": 22.0, "contracts": 7.0})
    assert reasons["adverse"][0]["evidence"] == {"late_180d": 0.2273, "deliveries": 22}


def test_unknown_evidence_is_left_out():
    reasons = reasons_of({"late_180d": 0.5}, {"late_180d": -4.0}, evidence={"deliveries": None})
    assert reasons["adverse"][0]["evidence"] == {"late_180d": 0.5}


def test_a_null_column_speaks_through_its_familys_code_for_missing_data():
    reasons = reasons_of({"late_180d": NAN, "late_365d": 0.4}, {"late_180d": -6.0, "late_365d": -3.0})
    assert [(r["code"], r["points"]) for r in reasons["adverse"]] == [("Q010", -6.0), ("D101", -3.0)]


def test_a_flag_speaks_through_it_too_and_is_shown():
    reasons = reasons_of(
        {"late_180d": NAN, "no_delivery_history": 1.0}, {"late_180d": -2.0, "no_delivery_history": -3.0}
    )
    assert [(r["code"], r["points"], r["evidence"]) for r in reasons["adverse"]] == [
        ("Q010", -5.0, {"no_delivery_history": 1})
    ]


def test_missing_data_is_never_a_favourable_reason():
    reasons = reasons_of({"late_180d": NAN, "contracts": NAN}, {"late_180d": 7.0, "contracts": 5.0})
    assert reasons["favourable"] == []
    assert reasons["other_points"] == pytest.approx(12.0)


def test_history_that_is_there_may_be_favourable():
    reasons = reasons_of({"no_delivery_history": 0.0}, {"no_delivery_history": 4.0})
    assert [(r["code"], r["evidence"]) for r in reasons["favourable"]] == [("Q010", {"no_delivery_history": 0})]


def test_history_that_is_there_is_not_called_missing():
    assert reasons_of({"no_delivery_history": 0.0}, {"no_delivery_history": -4.0})["adverse"] == []


def test_a_column_without_direction_has_no_sentence_of_its_own():
    reasons = reasons_of({"buyers": 9.0}, {"buyers": -8.0})
    assert reasons["adverse"] == reasons["favourable"] == []
    assert reasons["other_points"] == pytest.approx(-8.0)


@pytest.mark.parametrize(
    ("name", "value", "side"),
    [
        ("late_180d", 0.21, "adverse"),
        ("late_180d", 0.19, "favourable"),
        ("contracts", 4.0, "adverse"),
        ("contracts", 6.0, "favourable"),
    ],
)
def test_a_sentence_is_shown_only_on_its_side_of_the_development_median(name, value, side):
    other = {"adverse": "favourable", "favourable": "adverse"}[side]
    sign = {"adverse": -5.0, "favourable": 5.0}
    assert len(reasons_of({name: value}, {name: sign[side]})[side]) == 1
    assert reasons_of({name: value}, {name: sign[other]})[other] == []


def test_the_median_itself_is_on_neither_side():
    assert reasons_of({"late_180d": 0.2}, {"late_180d": 5.0})["favourable"] == []
    assert reasons_of({"late_180d": 0.2}, {"late_180d": -5.0})["adverse"] == []


def test_the_best_value_there_is_is_safe_though_most_have_it():
    assert codes(reasons_of({"misconducts": 0.0}, {"misconducts": 5.0})["favourable"]) == ["I101"]
    assert reasons_of({"misconducts": 0.0}, {"misconducts": -5.0})["adverse"] == []


def test_a_value_that_looks_like_the_median_once_shown_is_not_called_risky():
    assert reasons_of({"late_180d": 0.20001}, {"late_180d": -5.0})["adverse"] == []


def test_what_is_smaller_than_half_a_point_is_no_reason():
    assert reasons_of({"late_180d": 0.5}, {"late_180d": -POINTS_MIN + 0.01})["adverse"] == []
    assert len(reasons_of({"late_180d": 0.5}, {"late_180d": -POINTS_MIN})["adverse"]) == 1


def test_at_most_four_of_each_are_shown_by_size_then_by_code():
    names = [f"other_{k}" for k in range(1, 7)]
    sizes = dict(zip(names, (-2.0, -5.0, -3.0, -3.0, -1.0, -1.0), strict=True))
    assert codes(reasons_of(dict.fromkeys(names, 0.9), sizes)["adverse"]) == ["V102", "V103", "V104", "V101"]
    ties = dict.fromkeys(names, 3.0)
    assert codes(reasons_of(dict.fromkeys(names, 0.1), ties)["favourable"]) == ["V101", "V102", "V103", "V104"]


def test_a_code_that_the_catalogue_does_not_know_stays_untold():
    bare = Reasons(COLUMNS, Catalogue({}, {}))
    v = np.array([0.9 if c.risk == "rises" else c.median for c in COLUMNS])
    reasons = bare.block(points=560, base=600.0, contributions=[-40 / len(v)] * len(v), values=v, evidence={})
    assert reasons["adverse"] == []
    assert reasons["other_points"] == -40.0


cells = st.one_of(st.just(NAN), st.floats(0, 1), st.integers(0, 40).map(float))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(cells, min_size=len(COLUMNS), max_size=len(COLUMNS)),
    st.lists(st.floats(-80, 80), min_size=len(COLUMNS), max_size=len(COLUMNS)),
    st.floats(300, 800),
)
def test_what_is_shown_adds_up_to_the_points_and_is_true(values, contributions, base):
    points, reasons = tell(
        dict(zip(PLACE, values, strict=True)), dict(zip(PLACE, contributions, strict=True)), base=base
    )
    figures = [reasons["base_points"], reasons["other_points"]]
    for side in ("adverse", "favourable"):
        assert len(reasons[side]) <= REASONS_MAX
        sizes = [abs(r["points"]) for r in reasons[side]]
        assert sizes == sorted(sizes, reverse=True)
        for reason in reasons[side]:
            assert (reason["points"] < 0) == (side == "adverse")
            figures.append(reason["points"])
            for name, value in reason["evidence"].items():
                spec = COLUMNS[PLACE[name]]
                if spec.risk == "unsigned":
                    assert (value > 0) == (side == "adverse")
                    continue
                risky = value > spec.median if spec.risk == "rises" else value < spec.median
                assert risky == (side == "adverse")
    assert sum(Decimal(str(f)) for f in figures) == points


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
def test_rounding_for_display_never_swaps_two_values(a, b):
    low, high = sorted((a, b))
    assert shown(low) <= shown(high)


def test_whole_numbers_are_shown_whole():
    assert repr(shown(22.0)) == "22"
    assert shown(0.22727272) == 0.2273
    assert shown(0.000031234567) == 3.123e-05


def test_other_points_are_listed_by_family_and_add_up():
    values = {"late_180d": NAN, "contracts": NAN}
    points = {"late_180d": 7.3, "contracts": -5.26, "other_1": 0.17, "buyers": -2.4, "misconducts": -9.0}
    reasons = reasons_of(values, points, base=600.07)
    other = {one["family"]: one["points"] for one in reasons.get("other", ())}
    assert sum(round(10 * value) for value in other.values()) == round(10 * reasons["other_points"])
    assert set(other) - {"rounding"} <= {"D", "T", "V", "I"}
    assert list(map(abs, other.values())) == sorted(map(abs, other.values()), reverse=True)
    assert all(one["label"]["zh"] and one["label"]["en"] for one in reasons["other"])

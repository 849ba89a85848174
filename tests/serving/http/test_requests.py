import pytest

from serving.http.problems import INVALID_REQUEST, Problem
from serving.http.requests import ERRORS_MAX, score_request_of

TERMS = {"amount": "300000.00", "currency": "CNY", "days": 180}
GOOD = {"supplier_id": "91370200MA3C", "purpose": "contract_loan", "request": TERMS}


def refusal(body) -> dict[str, str]:
    with pytest.raises(Problem) as refused:
        score_request_of(body)
    assert refused.value.kind is INVALID_REQUEST
    return dict(refused.value.errors)


def with_terms(**changed):
    return GOOD | {"request": TERMS | changed}


def test_the_contracts_request_is_read():
    score_request = score_request_of(GOOD | {"as_of": "2026-11-21T09:00:00+08:00", "client_reference": "loan 7"})
    assert score_request.request is not None
    assert score_request.request.amount == "300000.00"


def test_null_stands_for_an_absent_field():
    assert score_request_of(GOOD | {"request": None, "facts": None, "as_of": None}).request is None


@pytest.mark.parametrize(
    "amount",
    [300000, 300000.0, True, "1e5", "-1.00", "1.001", "1,000", "NaN", "01.00", "", "٣٠٠", "9" * 17, "0", "0.00", "0.0"],
)
def test_money_is_decimal_text_and_nothing_else(amount):
    assert list(refusal(with_terms(amount=amount))) == ["#/request/amount"]


@pytest.mark.parametrize("days", ["90", 90.0, True, 0, -1, 10**9])
def test_a_whole_number_is_neither_text_nor_boolean_nor_fraction(days):
    assert list(refusal(with_terms(days=days))) == ["#/request/days"]


NO_INSTANT = ["2026-11-21T09:00:00", "21.11.2026", "2026-11", "20261121", "2026-11-21 09:00:00+08:00", "now", 1]
NO_INSTANT += ["٢٠٢٦-11-21", "2026-11-21T09:00:00+08"]


@pytest.mark.parametrize("as_of", NO_INSTANT)
def test_an_instant_is_a_date_or_carries_its_offset(as_of):
    assert list(refusal(GOOD | {"as_of": as_of})) == ["#/as_of"]


@pytest.mark.parametrize("field", ["tenant_id", "score", "approved"])
def test_an_unknown_field_is_named(field):
    assert refusal(GOOD | {field: 1}) == {f"#/{field}": "is not part of this request"}


def test_an_unknown_field_that_is_no_name_is_not_repeated():
    assert refusal(GOOD | {"CANARY-91370200": 1}) == {"#/(unknown)": "is not part of this request"}


@pytest.mark.parametrize("supplier", ["", "a\x00", "a\nb", "a\x7f", "a\x9b", "x" * 129, 7, None])
def test_an_id_is_short_text_without_control_characters(supplier):
    assert list(refusal(GOOD | {"supplier_id": supplier})) == ["#/supplier_id"]


def test_every_mistake_is_named_at_once_and_no_value_is():
    errors = refusal({"purpose": "CANARY!", "request": {"amount": "CANARY", "days": "CANARY", "category": "CANARY"}})
    places = {"#/supplier_id", "#/purpose", "#/request/amount", "#/request/currency", "#/request/days"}
    assert set(errors) == places | {"#/request/category"}
    assert "CANARY" not in str(errors)


@pytest.mark.parametrize("amount", ["0.01", "0.1", "0.99", "1", "1.5", "10.00", "9999999999999999.99"])
def test_the_smallest_and_the_largest_amount_are_read(amount):
    assert score_request_of(with_terms(amount=amount))


def test_of_very_many_mistakes_the_first_are_named():
    with pytest.raises(Problem) as refused:
        score_request_of(GOOD | {f"field_{place}": 0 for place in range(9_000)})
    assert len(refused.value.errors) == ERRORS_MAX

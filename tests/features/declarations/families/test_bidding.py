"""Bidding: what is decided, and what is compared with the estimate."""

from features.declarations.families import bidding as b


def test_a_bid_not_decided_yet_lowers_no_win_rate(value_of):
    rows = {
        "occurred_at": ["2025-01-01", "2025-06-01"],
        "result": ["won", "lost"],
        "decided_on": ["2025-02-01", "2025-07-15"],
    }
    assert value_of(b.win_rate, rows) == 1
    assert value_of(b.bids, rows) == 2
    assert value_of(b.win_rate, rows, as_of="2025-08-01") == 0.5


def test_a_bid_without_a_date_of_decision_was_decided_at_once(value_of):
    assert value_of(b.win_rate, {"occurred_at": ["2025-01-01"], "result": ["won"]}) == 1


def test_a_bid_without_an_estimate_has_no_discount(value_of):
    rows = {"occurred_at": ["2025-01-01"], "result": ["won"], "amount": ["90.00"]}
    assert value_of(b.bid_discount, rows) is None
    assert value_of(b.deep_discount_share, rows) is None


def test_an_estimate_published_later_is_not_known(value_of):
    rows = {"tender_id": ["T1"], "occurred_at": ["2025-01-01"], "result": ["won"], "amount": ["70.00"]}
    tenders = {"tender_id": ["T1"], "published_on": ["2024-12-01"], "estimate": ["100.00"]}
    assert value_of(b.deep_discount_share, rows, tenders=tenders) == 1
    assert value_of(b.deep_discount_share, rows, tenders={**tenders, "known_at": ["2025-07-02"]}) is None


def test_exactly_four_fifths_of_the_estimate_is_not_deep(value_of):
    rows = {"tender_id": ["T1"], "occurred_at": ["2025-01-01"], "result": ["won"], "amount": ["80.00"]}
    tenders = {"tender_id": ["T1"], "published_on": ["2024-12-01"], "estimate": ["100.00"]}
    assert value_of(b.deep_discount_share, rows, tenders=tenders) == 0


def test_a_win_rate_that_rose_is_a_trend_above_zero_and_one_year_alone_is_none(value_of):
    rows = {"occurred_at": ["2024-01-01", "2025-01-01"], "result": ["lost", "won"]}
    assert value_of(b.win_rate_trend, rows) == 1
    assert value_of(b.win_rate_trend, {**rows, "occurred_at": ["2025-01-01", "2025-01-02"]}) is None


def test_a_bid_decided_later_moves_no_trend(value_of):
    rows = {"occurred_at": ["2024-01-01", "2025-01-01", "2025-06-01"], "result": ["won", "won", "lost"]}
    assert value_of(b.win_rate_trend, {**rows, "decided_on": ["2024-02-01", "2025-02-01", "2025-07-15"]}) == 0


def test_the_estimate_of_a_tender_with_several_lots_counts_once(value_of):
    rows = {
        "tender_id": ["T1", "T1", "T1", "T2"],
        "occurred_at": ["2025-01-01", "2025-01-01", "2025-01-01", "2025-02-01"],
        "result": ["won", "won", "won", "won"],
        "amount": ["30.00", "30.00", "36.00", "50.00"],
    }
    published = {"published_on": ["2024-12-01", "2024-12-01"]}
    tenders = {"tender_id": ["T1", "T2"], **published, "estimate": ["120.00", "72.50"]}
    assert abs(value_of(b.bid_discount, rows, tenders=tenders) - (1 - 146 / 192.5)) < 1e-12
    assert value_of(b.deep_discount_share, rows, tenders=tenders) == 0.5

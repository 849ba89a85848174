import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.http.problems import MALFORMED_JSON, Problem
from serving.http.strict_json import DEPTH_MAX, answer_bytes, canonical, parse

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)

HOSTILE = {
    "NaN": b'{"x": NaN}',
    "Infinity": b'{"x": Infinity}',
    "minus infinity": b'{"x": -Infinity}',
    "overflow": b'{"x": 1e999}',
    "duplicate key": b'{"x": 1, "x": 2}',
    "duplicate key, written differently": b'{"x": 1, "\\u0078": 2}',
    "duplicate key further in": b'{"a": [{"x": 1, "x": 1}]}',
    "lone surrogate": b'{"x": "\\ud800"}',
    "lone surrogate in a key": b'{"\\udfff": 1}',
    "bad UTF-8": b'{"x": "\xff\xfe"}',
    "overlong UTF-8": b'{"x": "\xc0\xaf"}',
    "UTF-16": '{"x": 1}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"x": 1}',
    "trailing NUL": b'{"x": 1}\x00',
    "trailing text": b'{"x": 1} {}',
    "cut short": b'{"x": [1, 2',
    "empty": b"",
    "100,000 nested lists": b"[" * 100_000,
    "100,000 nested objects": b'{"a":' * 100_000,
    "5,000-digit integer": b'{"x": ' + b"9" * 5_000 + b"}",
    "raw control character": b'{"x": "a\nb"}',
    "single quotes": b"{'x': 1}",
    "comment": b'{"x": 1 /* one */}',
    "leading zero": b'{"x": 01}',
    "bare word": b"undefined",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_body_that_two_readers_could_read_differently_is_refused(body):
    with pytest.raises(Problem) as refused:
        parse(body)
    assert refused.value.kind is MALFORMED_JSON


def test_nesting_is_refused_past_the_limit_and_brackets_in_text_do_not_count():
    assert parse(b"[" * DEPTH_MAX + b"]" * DEPTH_MAX)
    assert parse(json.dumps({"x": "[{" * 500 + '\\" ['}).encode())
    assert parse(b"[" + b"[]," * 500 + b"[]]")
    with pytest.raises(Problem):
        parse(b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1))


@given(JSON_VALUES)
def test_what_json_writes_is_read_back(value):
    assert parse(json.dumps(value).encode()) == value
    assert parse(answer_bytes({"value": value})) == {"value": value}


def test_the_order_of_keys_and_spaces_do_not_change_a_fingerprint():
    assert canonical(parse(b'{"b": 1, "a": {"d": 2, "c": 3}}')) == canonical(parse(b'{"a":{"c":3,"d":2},"b":1}'))


def test_a_number_and_its_text_have_different_fingerprints():
    assert canonical({"a": 1}) != canonical({"a": "1"})


@pytest.mark.parametrize("text", ['"' + '\\"' * 32_000, '"' + "\\" * 64_000, '""' * 32_000, "\\" * 64_000])
def test_the_worst_body_takes_no_longer_than_its_length(text):
    """An event loop that counts brackets for seconds answers nobody."""
    began = time.thread_time()
    with pytest.raises(Problem):
        parse(b"[" * (DEPTH_MAX + 1) + text.encode())
    with pytest.raises(Problem):
        parse(text.encode() + b"[" * (DEPTH_MAX + 1))
    # Processor time, which a busy machine does not lengthen; time that grew with the square would be minutes.
    assert time.thread_time() - began < 5

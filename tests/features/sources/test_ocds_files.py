"""OCDS files: every form that a publisher chooses, and where reading one ends."""

import gzip
import io
import json
import tracemalloc
from collections import deque

import pytest

from features.errors import InputError
from features.importing.import_facts import import_facts
from features.sources.ocds.bounds import RECORD_BYTES_MAX, Bounded, OutOfBounds
from features.sources.ocds.files import documents
from tests.features.sources.release import RELEASE, changed, package, quarantined_rows

pytestmark = pytest.mark.slow  # imports facts in every test


@pytest.mark.slow
def test_every_form_of_a_file_gives_the_same_facts(load, tmp_path):
    body = json.dumps(package(RELEASE)).encode()
    line = json.dumps(RELEASE).encode()
    record = {"records": [{"ocid": "ocds-1", "compiledRelease": RELEASE, "releases": [RELEASE]}]}
    forms = {
        "package.json": body,
        "pretty.json": json.dumps(package(RELEASE), indent=2).encode(),
        "bom.json": b"\xef\xbb\xbf" + body,
        "lines.json": body + b"\n" + body + b"\n",
        "lines.jsonl": line + b"\n\n" + line,
        "lines.jsonl.gz": gzip.compress(line),
        "packed.json.gz": gzip.compress(body),
        "bare.json": line,
        "array.json": b"[\n" + line + b",\n" + line + b"]",
        "record.json": json.dumps(record).encode(),
        "embedded.json": json.dumps({"records": [{"ocid": "ocds-1", "releases": [RELEASE]}]}).encode(),
        "version.json": json.dumps(package(RELEASE, version="1.0")).encode(),
    }
    digests = {}
    for name, data in forms.items():
        (tmp_path / name).write_bytes(data)
        digests[name] = import_facts(tmp_path / name, tmp_path / f"facts-{name}", format="ocds").digest
    assert len(set(digests.values())) == 1, digests


def test_a_line_that_is_not_json_is_quarantined_with_its_number(load):
    line = json.dumps(RELEASE).encode()
    summary, _ = load(line + b"\n{broken\n" + b'{"amount": NaN}\n', name="p.jsonl")
    assert [(row["line"], row["kind"]) for row in quarantined_rows(summary)] == [(2, "not_json"), (3, "not_json")]


@pytest.mark.parametrize("data", [b"", b"[", b'{"releases": [{"ocid": "x"}', b"\xff\xfe", b'{"a": 1}', b"null"])
def test_a_file_without_a_readable_release_is_refused(load, tmp_path, data):
    with pytest.raises(InputError):
        load(data)
    assert not (tmp_path / "facts").exists()


def test_a_gzip_file_that_is_cut_off_is_refused(load):
    with pytest.raises(InputError, match="gzip"):
        load(gzip.compress(json.dumps(package(RELEASE)).encode())[:-20], name="p.json.gz")


def test_a_line_nested_a_hundred_thousand_deep_is_quarantined(load):
    deep = b'{"ocid": "x", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    summary, _ = load(json.dumps(RELEASE).encode() + b"\n" + deep + b"\n", name="p.jsonl")
    assert [(r["kind"], r["line"]) for r in quarantined_rows(summary)] == [("not_json", 2)]


def test_a_package_nested_too_deeply_is_refused_before_it_costs_memory(load):
    deep = json.dumps(package(RELEASE))[:-2].encode() + b', {"x": "[[\\"", "y": ' + b"[" * 100_000
    with pytest.raises(InputError, match="nested more than 200 levels deep"):
        load(deep)


def test_brackets_in_texts_are_no_nesting(load):
    summary, _ = load(package(changed("parties/0/name", '[{\\"' * 30_000, RELEASE)))
    assert summary.quarantined == 0


def test_a_number_of_five_thousand_digits_is_quarantined_and_does_not_crash_the_process(load):
    text = json.dumps(package(RELEASE, changed("ocid", "ocds-2")))
    head, amount, tail = text.rpartition('"amount": 90.5')
    assert amount
    summary, _ = load((head + '"amount": ' + "9" * 5000 + tail).encode())
    assert "bad_number" in {r["kind"] for r in quarantined_rows(summary)}


GOOD = json.dumps(RELEASE).encode()
LARGE = b'{"ocid": "x", "date": "2020-06-01", "description": "' + b"x" * (RECORD_BYTES_MAX + (1 << 18)) + b'"}'


BAD_LINES = [
    (b"{broken", "not_json"),
    (b'{"amount": NaN}', "not_json"),
    (b'{"amount": -Infinity}', "not_json"),
    (b'{"ocid": "x",}', "not_json"),
    (b"{'ocid': 'x'}", "not_json"),
    (b'{"ocid": "\xff"}', "not_utf8"),
    (b'{"ocid": "x"', "not_json"),
    (b'{"ocid": "x"} {"ocid": "y"}', "not_json"),
    (b'{"amount": ' + b"1" * 60_000 + b"}", "not_json"),
    (b'{"ocid": "x", "ocid": "y"}', "name_twice"),
    (b'{"ocid": "x", "contracts": [{"value": {"amount": 1, "amount": 2}}]}', "name_twice"),
    (LARGE, "too_large"),
    (b"[" + GOOD + b"]", "bad_shape"),
    (b'"a release"', "bad_shape"),
    (b"null", "bad_shape"),
    (b"{}", "missing_value"),
]


def test_bad_lines_are_quarantined_with_their_numbers_and_the_others_are_read(load):
    good = [json.dumps(changed("ocid", f"ocds-{i}")).encode() for i, _ in enumerate(BAD_LINES)]
    lines = [part for i, (line, _) in enumerate(BAD_LINES) for part in (good[i], line)]
    summary, _ = load(b"\n".join([*lines, b""]), name="p.jsonl")
    kinds = {row.get("line") or int(row["pointer"].split(",")[0][5:]): row["kind"] for row in quarantined_rows(summary)}
    assert kinds == {2 * i + 2: kind for i, (_, kind) in enumerate(BAD_LINES)}
    assert summary.records["releases"].used == len(BAD_LINES)


def in_package(item):
    return b'{"version": "1.1", "releases": [' + GOOD + b", " + item + b"]}"


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (b'{"amount": NaN}', "not JSON"),
        (b'{"ocid": "x",}', "not JSON"),
        (b'{"ocid": "x"', "not JSON, or it is cut off"),
        (b'{"ocid": "\xff"}', r"^bad\.json(\.gz)?: Byte [\d,]+ is not UTF-8"),
        (b'{"amount": ' + b"1" * 120_000 + b"}", "more than 50,000 digits"),
        (b"[" * 300 + b"]" * 300, "nested more than 200 levels"),
        (LARGE, "more than 16 MiB without an end"),
    ],
)
def test_a_package_that_cannot_be_read_on_is_refused_with_the_place_and_changes_nothing(load, tmp_path, item, said):
    load(GOOD)
    before = (tmp_path / "facts" / "manifest.json").read_bytes()
    for name, data in (
        ("bad.json", in_package(b"\n" + item)),
        ("bad.json.gz", gzip.compress(in_package(b"\n" + item))),
    ):
        with pytest.raises(InputError, match=said) as refused:
            load(data, name=name)
        assert refused.value.where in {name, f"{name}, after /releases/0"}
    assert (tmp_path / "facts" / "manifest.json").read_bytes() == before


def test_a_name_said_twice_in_a_package_quarantines_the_release_it_stands_in(load):
    twice = b'\n{"ocid": "x", "contracts": [{"id": 1, "id": 2}]}'
    summary, _ = load(in_package(twice + b", " + json.dumps(changed("ocid", "ocds-2")).encode()))
    assert [(row["kind"], row["pointer"]) for row in quarantined_rows(summary)] == [("name_twice", "/releases/1")]
    assert summary.records["releases"].used == 2


class Endless(io.RawIOBase):
    """A stream that opens a record and never ends it."""

    def __init__(self, head, rest):
        self.head, self.rest, self.given = head, rest, 0

    def read(self, size=-1):
        self.given += size
        head, self.head = self.head, b""
        return head or self.rest * (size // len(self.rest))


@pytest.mark.parametrize("rest", [b"x", b"1 ", b'{"a":[]},', b"\\u00e9"])
@pytest.mark.parametrize(("head", "depth"), [(b'{"releases":[{"a":[', 2), (b'{"uri":"', 2), (b'{"x":', None)])
def test_what_does_not_end_is_refused_before_it_is_held(rest, head, depth):
    if depth is None and b"{" in rest:
        return  # where nothing is kept, a long file is no trouble
    stream = Endless(head, rest)
    bounded = Bounded(stream, depth)
    with pytest.raises(OutOfBounds):
        deque(iter(lambda: bounded.read(1 << 16), None), maxlen=0)
    assert stream.given <= RECORD_BYTES_MAX + (1 << 18)


def test_a_line_that_does_not_end_is_never_held_whole(tmp_path):
    packed = tmp_path / "p.jsonl.gz"
    with gzip.open(packed, "wb", compresslevel=1) as stream:
        stream.write(GOOD + b"\n")
        for _ in range(128):
            stream.write(b"x" * (1 << 20))
        stream.write(b"\n" + GOOD + b"\n")
    tracemalloc.start()
    faults = [(at, trouble) for at, _, trouble in documents(packed)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert faults == [("/", None), (2, ("too_large", "has more than 16 MiB without an end")), ("line 3, /", None)]
    assert peak < 5 * RECORD_BYTES_MAX


def test_a_byte_order_mark_is_no_part_of_what_follows(load):
    assert load(b"\xef\xbb\xbf" + GOOD)[0].digest == load(GOOD, name="q.json")[0].digest


@pytest.mark.parametrize("data", ["\ufeff".encode("utf-16"), b"\xef\xbb\xbf", b"PK\x03\x04", b"<xml/>", b"ocid,date"])
def test_a_file_of_another_kind_is_refused(load, data):
    with pytest.raises(InputError):
        load(data)

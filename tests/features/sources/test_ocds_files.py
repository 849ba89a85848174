"""OCDS files: every form that a publisher chooses, and where reading one ends."""

import gzip
import json

import pytest

from features.errors import InputError
from features.importing import import_facts
from tests.features.sources.release import RELEASE, changed, held, package


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
    assert [(row["line"], row["kind"]) for row in held(summary)] == [(2, "not_json"), (3, "not_json")]


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
    assert [(r["kind"], r["line"]) for r in held(summary)] == [("not_json", 2)]


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
    assert "bad_number" in {r["kind"] for r in held(summary)}

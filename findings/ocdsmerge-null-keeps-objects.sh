#!/usr/bin/env bash
# ocdsmerge 0.8.0: null removes a text or number of an earlier release, but not an object or an array: a withdrawn value
# stays. The text of OCDS lets null remove any field.
# This project should remove what null withdraws before it merges.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ocdsmerge==0.8.0
"$folder/venv/bin/python" - <<'PYTHON'
import ocdsmerge

schema = {
    "type": "object",
    "properties": {
        "tender": {"type": "object", "properties": {"title": {"type": "string"}}},
        "awards": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": ["string", "integer"]},
                    "title": {"type": "string"},
                    "status": {"type": "string"},
                    "value": {"type": "object", "properties": {"amount": {"type": "number"}}},
                },
            },
        },
    },
}


def release(date, **sections):
    return {"ocid": "ocds-aaaaaa-1", "id": date, "date": date, "tag": ["award"], **sections}


def compiled(*releases):
    return ocdsmerge.Merger(schema).create_compiled_release(list(releases))


first = release("2024-01-01T00:00:00Z", awards=[{"id": "1", "title": "roads", "value": {"amount": 5}}])
withdrawn = release("2024-02-01T00:00:00Z", awards=[{"id": "1", "title": None, "value": None}])
deleted = release("2024-02-01T00:00:00Z", awards=None)
after_withdrawal = compiled(first, withdrawn)["awards"]
after_deletion = compiled(first, deleted)["awards"]
print("title and value withdrawn by null:", after_withdrawal)
print("all awards withdrawn by null:", after_deletion)
assert after_withdrawal == [{"id": "1", "value": {"amount": 5}}]
assert after_deletion == [{"id": "1", "title": "roads", "value": {"amount": 5}}]
PYTHON

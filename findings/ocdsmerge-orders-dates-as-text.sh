#!/usr/bin/env bash
# ocdsmerge 0.8.0: releases are ordered by the text of their dates. With different offsets the release that was published
# first can win over the later one.
# This project orders releases by instant.
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


earlier_instant = release("2024-03-01T01:00:00+02:00", tender={"title": "known at 23:00 UTC"})
later_instant = release("2024-02-29T23:30:00Z", tender={"title": "known at 23:30 UTC"})
merged = compiled(earlier_instant, later_instant)
print(merged["date"], merged["tender"]["title"])
assert merged["tender"]["title"] == "known at 23:00 UTC"
PYTHON

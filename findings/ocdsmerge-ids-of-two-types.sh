#!/usr/bin/env bash
# ocdsmerge 0.8.0: an award whose id is "7" in one release and 7 in the next becomes one object or two, depending on
# which fields the later release has: fields sent before go to the first object, new fields to a second one.
# This project should make ids text before it merges.
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


first = release("2024-01-01T00:00:00Z", awards=[{"id": "7", "title": "roads"}])
further_field = release("2024-02-01T00:00:00Z", awards=[{"id": 7, "status": "active"}])
same_field = release("2024-02-01T00:00:00Z", awards=[{"id": 7, "title": "roads and bridges"}])
two = compiled(first, further_field)["awards"]
one = compiled(first, same_field)["awards"]
print("a field that is new in the later release:", two)
print("a field that was there before:", one)
assert two == [{"id": "7", "title": "roads"}, {"id": 7, "status": "active"}]
assert one == [{"id": "7", "title": "roads and bridges"}]
PYTHON

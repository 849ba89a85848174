#!/usr/bin/env bash
# cloudevents 2.2.0: an event writes the id and the time that it makes up into the dictionary of attributes that it was
# given. A second event made from the same dictionary has the same id, and a receiver that drops repeated ids drops it.
# A sender should give each event a dictionary and an id of its own.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cloudevents==2.2.0
"$folder/venv/bin/python" - <<'PYTHON'
from cloudevents.core.v1.event import CloudEvent

attributes = {"type": "score.created", "source": "/scores"}
first = CloudEvent(attributes=attributes, data={"score": 1})
second = CloudEvent(attributes=attributes, data={"score": 2})
print(f"keys of the dictionary afterwards: {sorted(attributes)}")
print(f"two events, one id: {first.get_id() == second.get_id()}")
assert "id" in attributes
assert first.get_id() == second.get_id()
PYTHON

#!/usr/bin/env bash
# standardwebhooks 1.1.0: `sign` reads the wall clock of an aware time as if it were UTC. A message signed with a time in
# Shanghai does not verify against the header with its true Unix time.
# A sender should pass UTC.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check standardwebhooks==1.1.0
"$folder/venv/bin/python" - <<'PYTHON'
from datetime import UTC, datetime, timedelta, timezone

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook(b"a key of thirty-two bytes for us")
utc = datetime.now(UTC).replace(microsecond=0)
shanghai = utc.astimezone(timezone(timedelta(hours=8)))
assert utc == shanghai
for name, instant in (("UTC", utc), ("Shanghai", shanghai)):
    signature = webhook.sign("msg_1", instant, "{}")
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(instant.timestamp())),
        "webhook-signature": signature,
    }
    try:
        webhook.verify("{}", headers)
        verified = True
    except WebhookVerificationError:
        verified = False
    print(f"signed with the same instant in {name}: verified = {verified}")
    assert verified == (name == "UTC")
PYTHON

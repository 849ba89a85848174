"""What a request sends is used, or refused: nothing is accepted and ignored."""

import asyncio
import uuid

import pytest

from features.errors import InputError

pytestmark = pytest.mark.slow
TERMS = {"amount": "48000.00", "currency": "CNY", "days": 120}
PACKAGE = {"releases": [{"ocid": "ocds-1", "date": "2024-01-01T00:00:00Z"}], "contracts": [{"contract_id": "C"}]}


def ask(deployment, settings, **changed):
    async def work():
        async with deployment.opened(settings, deployment.keys["bank"]) as (http, _):
            body = {"supplier_id": deployment.suppliers[4], "purpose": "history_loan"} | changed
            return await http.post("/v1/scores", json=body, headers={"Idempotency-Key": uuid.uuid4().hex})

    return asyncio.run(work())


def test_terms_for_a_purpose_that_is_scored_without_them_are_refused(deployment):
    answer = ask(deployment, deployment.without_facts(), request=TERMS)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["#/request"]


def test_tables_beside_the_releases_of_a_package_are_refused(deployment):
    answer = ask(deployment, deployment.settings(), facts=PACKAGE)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["#/facts/contracts"]


@pytest.mark.parametrize(("key", "value"), [("currency", "USD"), ("tz", "Europe/Paris")])
def test_profiles_in_another_currency_or_time_zone_are_not_scored(deployment, key, value):
    import json

    manifest = deployment.fleet / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {key: value}))
    try:
        seen = str(ask(deployment, deployment.without_facts()).status_code)
    except InputError as refused:
        seen = str(refused)
    assert value in seen
    assert "trained with" in seen

"""Reasons as an answer shows them: every point is named, rates come with their counts, in both languages."""

import asyncio
import re
import uuid

import pytest

from cli.shared.printing import lines

pytestmark = pytest.mark.slow
TERMS = {"amount": "48000.00", "currency": "CNY", "days": 120}


@pytest.fixture(scope="module")
def answers(demo_market, tmp_path_factory):
    from tests.serving.conftest import deploy

    deployment = deploy(demo_market, tmp_path_factory.mktemp("shown"))

    async def work():
        async with deployment.opened(deployment.without_facts(), deployment.keys["bank"]) as (http, _):
            found = []
            for supplier in deployment.suppliers[:150:3]:
                body = {"supplier_id": supplier, "purpose": "contract_loan", "request": TERMS}
                found.append(await http.post("/v1/scores", json=body, headers={"Idempotency-Key": uuid.uuid4().hex}))
            return [one.json() for one in found]

    return [one for one in asyncio.run(work()) if "points" in one["supplier"]]


def test_every_point_is_under_a_reason_or_a_family(answers):
    assert answers
    for answer in answers:
        reasons = answer["supplier"]["reasons"]
        other = [one["points"] for one in reasons.get("other", [{"points": None}])]
        assert None not in other
        shown = [
            reasons["base_points"],
            *(one["points"] for side in ("adverse", "favourable") for one in reasons[side]),
        ]
        assert round(sum(shown) + sum(other), 6) == answer["supplier"]["points"]


def test_a_rate_is_said_with_its_counts_in_both_languages(answers):
    sides = [
        one for answer in answers for side in ("adverse", "favourable") for one in answer["supplier"]["reasons"][side]
    ]
    late = [
        one for one in sides if one["code"] == "D101" and {"deliveries_365d", "deliveries"} & one["evidence"].keys()
    ]
    assert late
    for reason in late:
        rate, count = list(reason["evidence"].values())[:2]
        some = round(rate * count)
        assert f"({some} of {count})" in reason["text"]["en"]
        assert f"{count} 次中 {some} 次" in reason["text"]["zh"]


def test_a_chinese_page_has_no_english_horizon(answers):
    page = "\n".join(lines(answers[0], lang="zh"))
    assert "loan end" not in page
    assert re.search(r"贷款到期后 \d+ 天", page)

"""Pages hold against a live service: the README's answer has a live answer's keys, and the API page's commands run."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from serving.http.answers import ScoreAnswer
from tests.command import command

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-CN.md")
API_PAGES = ("docs/api.md", "docs/api.zh-CN.md")


def shown_answer(page):
    """The answer that a README shows."""
    text = (ROOT / page).read_text(encoding="utf-8")
    demo = re.search(r"<!-- demo -->\n(.*?)<!-- /demo -->", text, flags=re.DOTALL)[1]
    return json.loads(re.findall(r"```json\n(.*?)\n```", demo, flags=re.DOTALL)[1])


def keys_of(value, path=""):
    """Every key below a value, as a path; the items of a list share theirs.

    What is inside `data_cutoff` and `evidence` depends on the facts, so the keys there are not compared.
    """
    if isinstance(value, list):
        return set().union(*(keys_of(item, f"{path}[]") for item in value))
    if not isinstance(value, dict) or path.endswith(("data_cutoff", "evidence")):
        return set()
    return {f"{path}.{key}" for key in value}.union(*(keys_of(item, f"{path}.{key}") for key, item in value.items()))


@pytest.fixture(scope="module")
def scored(client, served):
    """A live answer with reasons on both sides and an observed rate of its grade, limited only as every such one is.

    The market's profiles are older than 30 days, and the request names neither a contract nor a buyer.
    """
    for supplier in served.suppliers:
        answer = client.score(supplier_id=supplier).json()
        block = answer["supplier"]
        if answer.get("codes") != ["NEVER_MISSING_BEFORE", "STALE_PROFILE"] or "observed" not in block["grade"]:
            continue
        if block["reasons"]["adverse"] and block["reasons"]["favourable"]:
            return answer
    raise AssertionError("no supplier of the market has such an answer")


@pytest.mark.parametrize("page", READMES)
def test_the_readme_shows_an_answer_with_the_keys_of_a_live_one(page, scored):
    assert keys_of(shown_answer(page)) == keys_of(scored)
    ScoreAnswer.model_validate(shown_answer(page))


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("page", API_PAGES)
def test_the_commands_of_the_api_page_run(page, client, service, served, scored):
    blocks = re.findall(r"^```bash\n(.*?)^```$", (ROOT / page).read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    commands = [one for block in blocks for one in re.split(r"^(?=curl )", block, flags=re.MULTILINE) if one]
    env = os.environ | {
        "SUPPLIER_CREDIT_URL": service.url,
        "SUPPLIER_CREDIT_KEY": served.keys["bank"],
        "SUPPLIER": scored["supplier"]["supplier_id"],
        "SCORE_ID": scored["score_id"],
        "no_proxy": "*",
    }
    answers = []
    for one in commands:
        run = subprocess.run(["bash", "-c", one], env=env, capture_output=True, text=True, timeout=60, check=True)
        answers.append(json.loads(run.stdout))
    assert [answer for answer in answers if "title" in answer] == []
    assert len(answers) == len(commands) == 6
    assert answers[1] == scored


@pytest.mark.parametrize("page", ["docs/operations.md", "docs/operations.zh-CN.md"])
def test_the_ledger_commands_of_the_operations_page_run(page, served, scored):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert "supplier-credit verify" in text
    verified = command("verify", home=served.home)
    assert (verified.returncode, verified.stdout.endswith(" entries are what was written.\n")) == (0, True)
    (counting,) = re.findall(r"^ *\.venv/bin/python (-c '.*) var/ledger\.sqlite$", text, re.M)
    printed = run_on_ledger(counting, served.home / "ledger.sqlite")
    assert re.fullmatch(r"\d+ scores, \d+ bytes each\n", printed)


def run_on_ledger(arguments, ledger):
    """What a page's `python -c` command prints on this ledger."""
    shell = f"{sys.executable} {arguments.replace('var/ledger.sqlite', str(ledger))} {ledger}"
    run = subprocess.run(["bash", "-c", shell], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return run.stdout

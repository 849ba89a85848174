"""Every released version's requests are still answered as a client of that version expects, and its ledger opens."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ledger.database import ledger_file, prepare_ledger
from ledger.verify import verify
from tests.released.released import exchange, make_home

HERE = Path(__file__).parent
VERSIONS = sorted(folder.name for folder in HERE.iterdir() if (folder / "answers.jsonl").is_file())
# What differs in every run, or with the release: identities, times, digests, and texts that people read.
FREE = {
    *("score_id", "request_id", "created_at", "valid_until", "approval_id"),
    *("links", "snapshot", "digest", "wanted", "served"),
}
WORDS = {"text", "label", "detail", "title", "features_digest", "catalogue", "notice", "message"}
NUMBERS_WITHIN = 1e-9

pytestmark = pytest.mark.slow


def breaks(old: Any, new: Any, path: str = "") -> list[str]:
    """Where a client that reads `old` would be surprised by `new`: a lost key, another type, another value."""
    name = path.rpartition("/")[2]
    if name in FREE | WORDS:
        return [] if type(old) is type(new) else [f"{path}: {type(old).__name__} became {type(new).__name__}"]
    if isinstance(old, dict) and isinstance(new, dict):
        lost = [f"{path}/{key} is gone" for key in old if key not in new]
        return lost + [one for key in old if key in new for one in breaks(old[key], new[key], f"{path}/{key}")]
    if isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            return [f"{path}: {len(old)} entries became {len(new)}"]
        return [one for at, pair in enumerate(zip(old, new, strict=True)) for one in breaks(*pair, f"{path}/{at}")]
    if isinstance(old, float | int) and isinstance(new, float | int) and not isinstance(old, bool):
        return [] if abs(old - new) <= NUMBERS_WITHIN else [f"{path}: {old} became {new}"]
    return [] if old == new else [f"{path}: {old!r} became {new!r}"]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory):
    """A deployment of today's code on the example facts, and a key."""
    home = tmp_path_factory.mktemp("released") / "home"
    return home, make_home(home)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_answer_of_a_released_version_is_still_given(deployment, version):
    home, key = deployment
    lines = (HERE / version / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    old = [json.loads(line) for line in lines]
    new = exchange(home, key, [(one["method"], one["path"], one["body"]) for one in old])
    assert [(one.method, one.path, one.status) for one in new] == [(o["method"], o["path"], o["status"]) for o in old]
    broken = [f"{o['path']} {place}" for o, n in zip(old, new, strict=True) for place in breaks(o["answer"], n.answer)]
    assert broken == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_ledger_file_of_a_released_version_opens_and_verifies(tmp_path, version):
    shutil.copy(HERE / version / "ledger.sqlite", ledger_file(tmp_path))
    answers = [json.loads(line) for line in (HERE / version / "answers.jsonl").read_text("utf-8").splitlines()]
    recorded = [one for one in answers if one["method"] == "POST" and one["status"] == 200]
    report = verify(prepare_ledger(tmp_path))
    assert list(report.findings) == []
    assert report.entries == len(recorded) + 2  # the key's entry, and that of the promotion that served


def test_a_break_is_noticed():
    old = {"status": "scored", "supplier": {"points": 641, "codes": ["D101"]}}
    assert breaks(old, {**old, "further": 1}) == []
    assert breaks(old, {"status": "scored"}) == ["/supplier is gone"]
    assert breaks(old, {**old, "supplier": {"points": "641", "codes": []}}) == [
        "/supplier/points: 641 became '641'",
        "/supplier/codes: 1 entries became 0",
    ]

import json
import math
from dataclasses import replace

import pytest

from models.canonical_json import canonical
from models.errors import ScorecardError
from models.scorecard.golden import difference, read_golden, replay_golden, write_golden
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.scorecard import Scorecard


def golden(folder):
    return (folder / "golden.jsonl").read_bytes()


def test_every_golden_case_is_answered_as_it_was(written, scorecard):
    assert replay_golden(golden(written), scorecard.answer) == 24


def test_no_digested_file_holds_a_time(written):
    for name in ("scorecard.json", "golden.jsonl", "reasons.json", "validation.json", "card.md"):
        assert "T09:00" not in (written / name).read_text()


def altered(content, change):
    cases = read_golden(content)
    change(cases[3]["answer"]["supplier"])
    return b"\n".join(canonical(case) for case in cases)


def test_points_that_differ_by_more_than_a_billionth_are_refused(written, scorecard):
    def nudge(block):
        block["points_exact"] += 2e-9

    with pytest.raises(ScorecardError, match=r"case 4 .*points_exact"):
        replay_golden(altered(golden(written), nudge), scorecard.answer)


def test_points_that_differ_by_less_are_not(written, scorecard):
    def nudge(block):
        block["points_exact"] += 5e-10

    assert replay_golden(altered(golden(written), nudge), scorecard.answer) == 24


def test_a_release_keeps_the_sentences_it_was_written_with(made, written, monkeypatch):
    """A word that is corrected in the code changes neither the answer nor the digest of a release (fault D12)."""
    before = Scorecard.open(written).answer(made.golden_rows[0]["profile"])
    reworded = replace(made.catalogue, version="rc-9", sentences={})
    monkeypatch.setattr(Catalogue, "of_this_code", classmethod(lambda cls: reworded))
    assert Scorecard.open(written).answer(made.golden_rows[0]["profile"]) == before


def test_fewer_than_twenty_cases_are_not_enough(made, tmp_path, written, scorecard):
    with pytest.raises(ValueError, match="20"):
        made.write(tmp_path / "few", rows=made.golden_rows[:19])
    few = b"\n".join(golden(written).splitlines()[:19])
    with pytest.raises(ScorecardError, match="20"):
        replay_golden(few, scorecard.answer)


def test_a_profile_without_a_column_is_refused(made, tmp_path):
    rows = [{"profile": {k: v for k, v in r["profile"].items() if k != "days"}} for r in made.golden_rows]
    with pytest.raises(ScorecardError, match="'days'"):
        made.write(tmp_path / "lacking", rows=rows)


def test_unknown_values_are_null(written):
    assert any(value is None for case in read_golden(golden(written)) for value in case["profile"].values())
    assert "NaN" not in golden(written).decode()


@pytest.mark.parametrize(
    ("old", "new"),
    [({"a": 1}, {"b": 1}), ([1], [1, 2]), ("x", "y"), (None, 0), (True, 1), (1.0, 1.1), ({"a": [1]}, {"a": ["1"]})],
)
def test_differences_are_found_wherever_they_are(old, new):
    assert difference(old, new) is not None


def test_whole_floats_are_the_integers_that_json_makes_of_them():
    assert difference(json.loads("612"), 612.0) is None


def test_not_a_number_is_no_answer():
    assert difference(1.0, math.nan) is not None


def test_terms_become_request_columns_as_in_serving(made, scorecard):
    pytest.importorskip("features.declarations.catalogue")
    from features.declarations.catalogue import COLUMNS

    names = [c.name for c in COLUMNS]
    seen = []
    case = {"profile": dict.fromkeys(names), "terms": {"amount": "12000.00", "days": 90, "category": "goods"}}
    write_golden([case] * 20, lambda profile: seen.append(profile) or {})
    asked = [c.name for c in COLUMNS if c.feature.table == "request"]
    assert any(seen[0][name] is not None for name in asked)
    assert isinstance(Catalogue.of_this_code(), Catalogue)

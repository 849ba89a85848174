"""A bank's own file of scores and outcomes."""

import numpy as np
import pytest

from features.errors import InputError
from models.scorecard.scale import SCALE
from training.evidence.own_cases import read_own_cases

HEAD = "case_id,supplier_id,as_of,pd,bad,amount,region\n"
ROWS = "c1,A,2024-01-01,0.02,0,1000.00,north\nc2,B,2024-04-01,0.2,1,,south\nc3,C,2024-05-01,0.1,,500,\n"


@pytest.fixture
def read(tmp_path):
    """Write a file and read it."""

    def read(text, **how):
        file = tmp_path / "own.csv"
        file.write_text(text, encoding="utf-8")
        return read_own_cases(file, **how)

    return read


def test_cases_with_an_outcome_are_evidence_and_the_others_are_counted(read):
    own = read(HEAD + ROWS, segments=("region",))
    assert (own.evidence.n, own.evidence.bads, own.without_outcome) == (2, 1, 1)
    assert own.evidence.pd == pytest.approx([0.02, 0.2])
    assert own.evidence.points == pytest.approx(SCALE.points(np.log([0.02 / 0.98, 0.25])))
    assert own.evidence.segments["region"].tolist() == ["north", "south"]
    assert own.evidence.exposure[0] == 1000
    assert np.isnan(own.evidence.exposure[1])


def test_a_bare_date_stays_its_own_day_so_that_quarters_are_local(read):
    assert read(HEAD + ROWS).evidence.as_of[0] == np.datetime64("2024-01-01")


def test_points_do_where_there_are_no_probabilities(read):
    own = read("supplier_id,as_of,points,bad\nA,2024-01-01,600,0\nB,2024-01-02,580,1\n")
    assert own.evidence.pd == pytest.approx([1 / 51, 1 / 26])
    assert own.evidence.exposure is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("supplier_id,as_of,pd\nA,2024-01-01,0.1\n", "no column 'bad'"),
        ("supplier_id,as_of,pd,bad\nA,2024-01-01,0.1,\n", "No case has an outcome"),
        ("supplier_id,as_of,pd,bad\nA,2024-01-01,1.0,1\n", "between 0 and 1"),
        ("supplier_id,as_of,pd,bad\nA,2024-01-01,0.1,2\n", "neither 0 nor 1"),
        ("supplier_id,as_of,pd,bad\nA,,0.1,1\n", "no such value"),
        ("supplier_id,as_of,pd,bad\n,2024-01-01,0.1,1\n", "no such value"),
        ("supplier_id,as_of,pd,bad\nA,2024-01-01,,1\n", "no such value"),
        ("supplier_id,as_of,bad\nA,2024-01-01,1\n", "no column 'points'"),
    ],
)
def test_what_cannot_be_used_is_named(read, text, message):
    with pytest.raises(InputError, match=message):
        read(text)

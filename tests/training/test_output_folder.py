"""Output folders: checked before training, replaced in one step, also by several processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from features.errors import InputError
from models.scorecard.scorecard import Scorecard
from tests.promoting import variant
from tests.waiting import GUARD_SECONDS
from training.output_folder import refuse_unwritable, replacing

SHIPPED = Path(__file__).parents[2] / "models" / "releases" / "sandbox-history-loan"
PROGRAM = """
import shutil, sys
from pathlib import Path
from training.output_folder import replacing
candidate, out = map(Path, sys.argv[1:])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(30):
    with replacing(out) as beside:
        shutil.copytree(candidate, beside)
"""


def write_at_once(out, *candidates):
    """Processes that write candidates to one place, again and again, all beginning at the same moment."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(candidate), str(out)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for candidate in candidates
    ]
    assert [process.stdout.readline() for process in started] == ["ready\n"] * len(started)
    for process in started:
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate(timeout=GUARD_SECONDS)[1] for process in started] == [""] * len(started)


@pytest.mark.slow
def test_two_identical_trainings_at_once_leave_one_whole_candidate(tmp_path):
    write_at_once(tmp_path / "c", SHIPPED, SHIPPED)
    assert Scorecard.open(tmp_path / "c").digest == Scorecard.open(SHIPPED).digest
    assert [p.name for p in tmp_path.iterdir()] == ["c"]


@pytest.mark.slow
def test_two_different_trainings_at_once_leave_one_of_the_two(tmp_path):
    other = variant(SHIPPED, tmp_path / "from" / "other")
    write_at_once(tmp_path / "to" / "c", SHIPPED, other)
    assert Scorecard.open(tmp_path / "to" / "c").digest in {
        Scorecard.open(folder).digest for folder in (SHIPPED, other)
    }
    assert [p.name for p in (tmp_path / "to").iterdir()] == ["c"]


def test_an_earlier_candidate_stays_until_the_new_one_is_whole(tmp_path):
    out = variant(SHIPPED, tmp_path / "c")
    digest = Scorecard.open(out).digest

    def fail():
        with replacing(out) as beside:
            variant(SHIPPED, beside, slope=0.9)
            assert Scorecard.open(out).digest == digest
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert Scorecard.open(out).digest == digest
    assert [p.name for p in tmp_path.iterdir()] == ["c"]


def test_the_same_candidate_written_again_says_where_the_later_came_from(tmp_path):
    out = variant(SHIPPED, tmp_path / "c")
    with replacing(out) as beside:
        variant(SHIPPED, beside)
        (beside / "provenance.json").write_bytes(b"later")
    assert (out / "provenance.json").read_bytes() == b"later"


@pytest.mark.parametrize("home", ["/proc/nope", "file", "file/home"])
def test_a_home_that_cannot_be_written_is_refused_by_name(tmp_path, monkeypatch, home):
    (tmp_path / "file").write_text("mine")
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tmp_path / home))
    with pytest.raises(InputError, match="SUPPLIER_CREDIT_HOME"):
        refuse_unwritable(None)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_place_for_the_candidate_that_cannot_be_written_is_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tmp_path / "home"))
    for out in (Path("/proc/foo"), Path("/proc/foo/candidate")):
        with pytest.raises(InputError, match=f"{out}.*--out"):
            refuse_unwritable(out)


def test_runs_that_are_no_folder_are_refused_unless_the_candidate_lies_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tmp_path))
    (tmp_path / "runs").write_text("mine")
    with pytest.raises(InputError, match="This is not a folder"):
        refuse_unwritable(None)
    refuse_unwritable(tmp_path / "elsewhere" / "candidate")


def test_trying_a_place_leaves_nothing_there(tmp_path, monkeypatch):
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tmp_path / "home"))
    refuse_unwritable(None)
    refuse_unwritable(tmp_path / "out" / "candidate")
    assert list(tmp_path.iterdir()) == []


def test_training_looks_at_its_places_before_it_reads_the_facts(tmp_path, monkeypatch):
    from training.train import train

    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", "/proc/nope")
    with pytest.raises(InputError, match="/proc/nope"):
        train(tmp_path / "no facts", "loan_default")

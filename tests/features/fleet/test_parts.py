"""What is written part by part is what would have been written at once, whatever is killed in between."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.fleet.resumable_arrays import JOURNAL, ResumableArrays

JOB = {"size": 3}
ROWS = 40
IDS = np.array([f"{i:05d}".encode() for i in range(ROWS)], dtype="S7")
VALUES = np.random.default_rng(5).normal(size=(ROWS, 3))


def arrays(start: int, end: int) -> dict[str, np.ndarray]:
    return {"ids.npy": IDS[start:end], "matrix.npy": VALUES[start:end]}


def write(folder, cuts, *, begin=0):
    """Write the parts between the cuts from one on; return the open parts."""
    parts = ResumableArrays.open(folder, JOB)
    for start, end in list(pairwise(cuts))[begin:]:
        parts.add(arrays(start, end))
    return parts


def whole(folder) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def at_once(folder) -> dict[str, bytes]:
    folder.mkdir()
    for name, array in arrays(0, ROWS).items():
        np.save(folder / name, array)
    return whole(folder)


CUTS = st.lists(st.integers(0, ROWS), max_size=6).map(lambda inner: [0, *sorted(inner), ROWS])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=CUTS, killed_after=st.integers(0, 6), torn=st.integers(0, 400))
def test_any_cuts_and_any_kill_give_the_bytes_that_numpy_writes_at_once(tmp_path_factory, cuts, killed_after, torn):
    folder = tmp_path_factory.mktemp("parts")
    killed = min(killed_after, len(cuts) - 1)
    write(folder / "made", cuts[: killed + 1])
    for file in (folder / "made").iterdir():  # what a kill leaves: rows that no line counts, half a line
        with file.open("ab") as out:
            out.write(b'{"ids.npy"' if file.name == JOURNAL else b"x" * torn)
    parts = ResumableArrays.open(folder / "made", JOB)
    assert parts.done == killed
    write(folder / "made", cuts, begin=killed).finish()
    assert whole(folder / "made") == at_once(folder / "once")


def test_a_part_whose_rows_were_damaged_is_written_again_and_all_after_it(tmp_path):
    write(tmp_path / "made", [0, 10, 20, 30])
    content = bytearray((tmp_path / "made" / "matrix.npy").read_bytes())
    content[128 + 15 * 24] ^= 1  # a value of the second part
    (tmp_path / "made" / "matrix.npy").write_bytes(content)
    assert ResumableArrays.open(tmp_path / "made", JOB).done == 1
    write(tmp_path / "made", [0, 10, 20, 30, ROWS], begin=1).finish()
    assert whole(tmp_path / "made") == at_once(tmp_path / "once")


@pytest.mark.parametrize("journal", ["", "\0\0\0\n", '{"job": {"size": 4}}\n', "[]\n"])
def test_a_folder_of_another_job_or_without_a_journal_is_begun_anew(tmp_path, journal):
    write(tmp_path / "made", [0, 10])
    (tmp_path / "made" / JOURNAL).write_text(journal)
    (tmp_path / "made" / "stray.npy").write_bytes(b"stray")
    assert ResumableArrays.open(tmp_path / "made", JOB).done == 0
    assert [file.name for file in (tmp_path / "made").iterdir()] == [JOURNAL]


def test_a_file_that_lost_its_end_goes_back_to_the_part_before(tmp_path):
    write(tmp_path / "made", [0, 10, 20])
    file = tmp_path / "made" / "ids.npy"
    file.write_bytes(file.read_bytes()[:-1])
    parts = ResumableArrays.open(tmp_path / "made", JOB)
    assert (parts.done, parts.rows("ids.npy"), parts.rows("matrix.npy")) == (1, 10, 10)
    assert len((tmp_path / "made" / JOURNAL).read_text().splitlines()) == 2


def test_the_journal_has_a_digest_of_each_part(tmp_path):
    write(tmp_path / "made", [0, 10, 20])
    job, first, second = map(json.loads, (tmp_path / "made" / JOURNAL).read_text().splitlines())
    assert job == {"job": JOB}
    assert first["matrix.npy"]["sha256"] != second["matrix.npy"]["sha256"]
    assert first["matrix.npy"]["rows"] == second["matrix.npy"]["rows"] == 10

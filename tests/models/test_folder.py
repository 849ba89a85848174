import json
import os
import shutil

import pytest

from models.canonical_json import canonical, sha256
from models.errors import ScorecardError
from models.scorecard import scorecard as scorecard_module
from models.scorecard import trial_load
from models.scorecard.folder import read_folder

DIGESTED = ("scorecard.json", "booster.txt", "golden.jsonl", "validation.json", "card.md")


@pytest.fixture
def folder(written, tmp_path):
    return shutil.copytree(written, tmp_path / "copy")


@pytest.fixture
def unparsed(monkeypatch):
    """Fails a test in which LightGBM sees a byte, here or in a child."""

    def refuse(*_args):
        pytest.fail("the booster was parsed")

    monkeypatch.setattr(scorecard_module, "parse_booster", refuse)
    monkeypatch.setattr(trial_load, "_trial_load", refuse)


def flip(path, place, bit=0):
    held = bytearray(path.read_bytes())
    held[place] ^= 1 << bit
    path.write_bytes(held)


@pytest.mark.parametrize("name", DIGESTED)
def test_any_flipped_byte_is_refused_before_anything_is_parsed(folder, made, name, unparsed):
    path = folder / name
    size = path.stat().st_size
    for place in {*range(0, size, max(1, size // 150)), size - 1}:
        flip(path, place, place % 8)
        with pytest.raises(ScorecardError):
            made.open(folder)
        flip(path, place, place % 8)
    assert read_folder(folder)


def test_every_part_of_scorecard_json_counts(folder):
    path = folder / "scorecard.json"
    for place in range(0, path.stat().st_size, 7):
        flip(path, place)
        with pytest.raises(ScorecardError):
            read_folder(folder)
        flip(path, place)


@pytest.mark.parametrize("name", [*DIGESTED, "provenance.json"])
def test_a_missing_file_is_refused(folder, made, name, unparsed):
    (folder / name).unlink()
    with pytest.raises(ScorecardError, match="missing"):
        made.open(folder)


def test_an_added_file_is_refused(folder, made, unparsed):
    (folder / "notes.txt").write_text("hello")
    with pytest.raises(ScorecardError, match="added"):
        made.open(folder)


@pytest.mark.parametrize("name", DIGESTED)
def test_a_link_is_refused_though_it_leads_to_the_same_bytes(folder, made, name, unparsed):
    (folder / name).rename(folder.parent / name)
    (folder / name).symlink_to(folder.parent / name)
    with pytest.raises(ScorecardError, match="plain file"):
        made.open(folder)


def test_a_linked_folder_is_refused(folder, made, unparsed):
    link = folder.parent / "link"
    link.symlink_to(folder)
    with pytest.raises(ScorecardError, match="not a scorecard folder"):
        made.open(link)


def test_a_pipe_in_place_of_a_file_does_not_hang(folder, made, unparsed):
    (folder / "card.md").unlink()
    os.mkfifo(folder / "card.md")
    with pytest.raises(ScorecardError, match="plain file"):
        made.open(folder)


def test_another_scorecard_than_the_approved_one_is_refused(folder, made, unparsed):
    with pytest.raises(ScorecardError, match="approved"):
        made.open(folder, digest="sha256:" + "0" * 64)


def test_files_rewritten_together_still_miss_the_approved_digest(folder, made, unparsed):
    approved = read_folder(folder).digest
    (folder / "card.md").write_text("better\n")
    document = json.loads((folder / "scorecard.json").read_bytes())
    document["files"]["card.md"] = sha256(b"better\n")
    (folder / "scorecard.json").write_bytes(canonical(document))
    provenance = json.loads((folder / "provenance.json").read_bytes())
    provenance["scorecard"] = sha256((folder / "scorecard.json").read_bytes())
    (folder / "provenance.json").write_bytes(canonical(provenance))
    assert read_folder(folder)
    with pytest.raises(ScorecardError, match="approved"):
        made.open(folder, digest=approved)


def test_json_spelled_in_another_way_is_refused(folder):
    path = folder / "provenance.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()), indent=1))
    with pytest.raises(ScorecardError, match="canonical"):
        read_folder(folder)


def test_a_candidate_is_never_written_over_another(made, written):
    with pytest.raises(OSError, match="not empty"):
        made.write(written)

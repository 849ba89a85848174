"""The scorecard that ships opens, replays its golden cases, and belongs to this code."""

from pathlib import Path

import pytest

from features.engines.digest import features_digest
from models.scorecard.compatibility import ThisCode
from models.scorecard.gates import failed_gates
from models.scorecard.scorecard import Scorecard

RELEASES = sorted(Path(__file__).parents[2].glob("models/releases/*/scorecard.json"))


def test_one_small_scorecard_ships():
    assert [file.parent.name for file in RELEASES] == ["sandbox-history-loan"]
    assert sum(file.stat().st_size for file in RELEASES[0].parent.iterdir()) < 1_000_000


@pytest.mark.parametrize("file", RELEASES, ids=lambda f: f.parent.name)
def test_a_shipped_scorecard_opens_and_is_of_this_code(file):
    card = Scorecard.open(file.parent)  # replays every golden case
    assert card.spec.basis == "synthetic"
    assert card.spec.features_digest == features_digest(card.columns), "run `make release`"
    assert [*ThisCode.here().failed_gates(card.spec), *failed_gates(card)] == []

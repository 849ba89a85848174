"""The order of releases, their split into files and a file that is sent again change nothing."""

import itertools
import json

import pytest

from features.importing.import_facts import import_facts
from tests.features.sources.release import RELEASE, changed, package

pytestmark = pytest.mark.slow  # imports facts in every test

RELEASES = [
    RELEASE,
    changed("contracts/0/value/amount", 84, changed("date", "2020-07-03T12:00:00Z")),
    changed("awards/0/status", "cancelled", changed("date", "2020-09-05T12:00:00Z")),
    changed("ocid", "ocds-2", changed("date", "2020-03-01T12:00:00Z")),
]


def digest(folder, into):
    """The digest of the facts of a folder of files."""
    return import_facts(folder, into, format="ocds", tz="UTC", max_bad=0).digest


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The digest of all releases in one file, in the order of their dates."""
    root = tmp_path_factory.mktemp("order")
    (root / "in").mkdir()
    (root / "in" / "a.json").write_text(json.dumps(package(*RELEASES)))
    return digest(root / "in", root / "facts")


@pytest.mark.parametrize("order", [(3, 2, 1, 0), (1, 3, 0, 2), (2, 0, 3, 1)])
def test_the_order_and_the_split_of_releases_change_nothing(tmp_path, expected, order):
    for cut in (0, 2):
        source = tmp_path / f"in-{cut}"
        source.mkdir()
        parts = [order[:cut], order[cut:]] if cut else [order]
        for i, part in enumerate(parts):
            (source / f"{i}.json").write_text(json.dumps(package(*(RELEASES[n] for n in part))))
        assert digest(source, tmp_path / f"facts-{cut}") == expected


def test_a_record_gives_the_same_facts_in_any_order_of_its_releases(tmp_path):
    digests = set()
    for i, releases in enumerate(itertools.permutations(RELEASES[:3])):
        whole = {"version": "1.1", "records": [{"ocid": "ocds-1", "releases": list(releases)}]}
        (tmp_path / f"{i}.json").write_text(json.dumps(whole))
        digests.add(digest(tmp_path / f"{i}.json", tmp_path / f"facts-{i}"))
    assert len(digests) == 1

import json
import tomllib
from pathlib import Path

import models.scorecard
from features.declarations.catalogue import COLUMNS, FAMILIES, FEATURES
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.spec import ColumnSpec


def specs():
    every = {c.name for c in COLUMNS}
    return [ColumnSpec.of(c, [0.0, 1.0], profile=every) for c in COLUMNS]


def test_every_declared_column_has_sentences():
    assert Catalogue.of_this_code().uncovered(specs()) == []


def test_every_family_says_when_it_has_nothing_to_say():
    catalogue = Catalogue.of_this_code()
    assert set(catalogue.missing_data) == set(FAMILIES)
    for letter, silence in catalogue.missing_data.items():
        assert catalogue.sentences[silence.code].complete
        assert {FAMILIES[letter].flag} - {None} <= silence.flags


def test_a_table_that_was_never_imported_is_missing_data_too():
    flags = Catalogue.of_this_code().missing_data["Q"].flags
    assert flags == {f.name for f in FEATURES if f.name.startswith("missing_")} != set()


def test_declared_evidence_is_found_among_the_columns():
    declared = {c.name: c.feature.evidence for c in COLUMNS if c.feature.evidence}
    found = {s.name: s.evidence for s in specs() if s.evidence}
    assert len(found) >= len(declared) / 2
    assert found["late_delivery_rate_365d"] == ("deliveries_365d",)


VERSIONS = Path(models.scorecard.__file__).with_name("catalogue_versions.toml")


def test_a_changed_sentence_takes_a_new_version_of_the_catalogue():
    """After a change: raise CATALOGUE in spec.py, and add the new version's digest to the file."""
    catalogue = Catalogue.of_this_code()
    assert tomllib.loads(VERSIONS.read_text("utf-8"))[catalogue.version] == catalogue.digest


def test_a_catalogue_is_read_as_it_was_written():
    catalogue = Catalogue.of_this_code()
    assert Catalogue.from_json(json.loads(json.dumps(catalogue.to_json()))) == catalogue


def test_a_scorecards_catalogue_holds_what_its_columns_can_use():
    late = next(spec for spec in specs() if spec.code == "D101")
    part = Catalogue.of_this_code().of_columns([late])
    assert set(part.sentences) == {"D101", part.missing_data["D"].code}
    assert part.uncovered([late]) == []
    assert part.differing(Catalogue.of_this_code()) == []

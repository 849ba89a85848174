from features.declarations.catalogue import COLUMNS, FAMILIES, FEATURES
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.spec import ColumnSpec


def specs():
    every = {c.name for c in COLUMNS}
    return [ColumnSpec.of(c, [0.0, 1.0], profile=every) for c in COLUMNS]


def test_every_declared_column_has_sentences():
    assert Catalogue.running().uncovered(specs()) == []


def test_every_family_says_when_it_has_nothing_to_say():
    catalogue = Catalogue.running()
    assert set(catalogue.silences) == set(FAMILIES)
    for letter, silence in catalogue.silences.items():
        assert catalogue.sentences[silence.code].complete
        assert {FAMILIES[letter].flag} - {None} <= silence.flags


def test_a_table_that_was_never_imported_is_missing_data_too():
    flags = Catalogue.running().silences["Q"].flags
    assert flags == {f.name for f in FEATURES if f.name.startswith("missing_")} != set()


def test_declared_evidence_is_found_among_the_columns():
    declared = {c.name: c.feature.evidence for c in COLUMNS if c.feature.evidence}
    found = {s.name: s.evidence for s in specs() if s.evidence}
    assert len(found) >= len(declared) / 2
    assert found["late_delivery_rate_365d"] == ("deliveries_365d",)

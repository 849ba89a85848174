"""A declaration that its family does not list fails, and is not ignored."""

import importlib
import sys

import pytest

from features.declarations import catalogue

FAMILY = '''
from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature


def declare(code):
    return feature(
        code=code, table="contracts", on="signed_on", unit=Unit.COUNT, risk=Risk.UNSIGNED, label=Text("数", "Number")
    )


@declare("T901")
def listed(m):
    """Contracts signed."""
    return m.count()


@declare("T902")
def forgotten(m):
    """Contracts signed."""
    return m.count()


FAMILY: tuple[Feature, ...] = all_declared(__name__, {})
'''


def imported(tmp_path, monkeypatch, members, name):
    (tmp_path / f"{name}.py").write_text(FAMILY.format(members))
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    finally:
        sys.modules.pop(name, None)


def test_importing_a_family_that_does_not_list_a_declaration_fails(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="'forgotten' is declared"):
        imported(tmp_path, monkeypatch, "listed", "a_family_that_forgets")


def test_importing_a_family_that_lists_all_gives_its_features_in_order(tmp_path, monkeypatch):
    family = imported(tmp_path, monkeypatch, "forgotten, listed", "a_family_that_lists_all")
    assert [made.name for made in family.FAMILY] == ["forgotten", "listed"]


def test_a_family_that_is_not_in_the_catalogue_fails(monkeypatch):
    first = catalogue.FEATURES[1]
    assert catalogue.by_code(first.code) is first
    monkeypatch.setattr(catalogue, "_BY_CODE", {c: f for c, f in catalogue._BY_CODE.items() if f is not first})
    with pytest.raises(ValueError, match=first.name):
        catalogue._refuse_undeclared()

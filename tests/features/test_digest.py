"""The digest that ties scorecards and stored profiles to the running code's declarations."""

from features.declarations.catalogue import COLUMNS
from features.engines.digest import computed_here, features_digest

NAMES = [c.name for c in COLUMNS[:3]]


def test_the_digest_depends_on_the_columns_and_their_order():
    assert features_digest(NAMES) == features_digest(list(NAMES))
    assert features_digest(NAMES) != features_digest(NAMES[::-1])
    assert features_digest(NAMES).startswith("sha256:")


def test_a_column_that_this_code_does_not_declare_matches_no_digest():
    assert features_digest([*NAMES, "of_another_time"]) == "undeclared:of_another_time"


def test_what_says_undeclared_was_computed_by_no_code():
    lost = [*NAMES, "of_another_time"]
    assert computed_here(features_digest(NAMES), NAMES)
    assert not computed_here(features_digest(NAMES), NAMES[:-1])
    assert not computed_here(features_digest(lost), lost)

"""What new rows must pass, against each other and against the stored ones, whichever way they came."""

from features.facts.tables import Table
from features.importing.linking import drop_broken, fill_known_at
from features.importing.merging import drop_owner_changes, drop_repeated, fill_retractions
from features.intake.intake import Intake


def check(table: Table, intake: Intake, present: set[str]) -> None:
    """Complete the new rows of a table and drop those that may not be loaded, with the reason.

    Args:
        table: the table; `old_`, `good_` and `base_<table>` are there, and the `base_` of what it refers to.
        intake: where they are.
        present: tables that have rows, old or new.
    """
    fill_retractions(table, intake)
    drop_broken(table, intake, present)
    fill_known_at(table, intake)
    drop_repeated(table, intake)
    drop_owner_changes(table, intake)

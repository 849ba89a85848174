"""Names of the record groups: suppliers without a history, and suppliers with a clean record, by family."""

from training.report.report_input import ReportInput
from training.report.words import Words


def group_name(report: ReportInput, name: str, words: Words) -> str:
    """The meaning of `no_<family>_history` or `clean_<family>`; any other name is returned as it is."""
    for key, family in (
        ("none", name.removeprefix("no_").removesuffix("_history")),
        ("clean", name.removeprefix("clean_")),
    ):
        if family != name and family in report.families:
            return words(f"group.{key}", family=words.of(report.families[family]))
    return name

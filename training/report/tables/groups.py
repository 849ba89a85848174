"""Names of the record groups: suppliers without a history, with one that is partly unknown, and with a clean one."""

from training.report.report_input import ReportInput
from training.report.words import Words


def group_name(report: ReportInput, name: str, words: Words) -> str:
    """The meaning of `no_<subject>_history`, `unknown_<subject>` or `clean_<subject>`; other names stay as they are."""
    for key, family in (
        ("none", name.removeprefix("no_").removesuffix("_history")),
        ("unknown", name.removeprefix("unknown_")),
        ("clean", name.removeprefix("clean_")),
    ):
        if family != name and family in report.families:
            return words(f"group.{key}", family=words.of(report.families[family]))
    return name

"""Groups: how the families' groups without a history and with a clean one are called."""

from training.report.report_input import ReportInput
from training.report.words import Words


def group_name(report: ReportInput, name: str, words: Words) -> str:
    """What `no_<family>_history` or `clean_<family>` means; the name itself where it is neither."""
    for key, family in (
        ("none", name.removeprefix("no_").removesuffix("_history")),
        ("clean", name.removeprefix("clean_")),
    ):
        if family != name and family in report.families:
            return words(f"group.{key}", family=words.of(report.families[family]))
    return name

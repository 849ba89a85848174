"""Make the pages that come from the code (`make docs`), and say whether they are current.

python docs/generate.py             # write them
python docs/generate.py --figures   # and fill measured parts from the last `make demo` and benchmarks
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
WIDTH = 100
MISCONDUCT = ("docs/misconduct.md", "docs/misconduct.zh-CN.md")
REPORT = {"en": "docs/validation-report.md", "zh": "docs/validation-report.zh-CN.md"}


def pages() -> dict[Path, str]:
    """Every generated page and its text."""
    from features.reference import buyers_page, features_page

    references = {
        ROOT / file: made.page(lang) for made in (features_page, buyers_page) for lang, file in made.PAGES.items()
    }
    catalogues = {ROOT / file: misconduct_page(ROOT / file) for file in MISCONDUCT}
    rules = {ROOT / file: rules_page(ROOT / file, lang) for lang, file in REPORT.items()}
    return {ROOT / "docs" / "cli.md": cli_page()} | references | catalogues | rules


def misconduct_page(file: Path) -> str:
    """A page on misconduct with the table of the types that ship."""
    from features.facts.misconduct import generic

    rows = [
        f"| `{t.code}` | {', '.join(t.roles)} | {t.severity} | {t.zh} | {t.en} |"
        for t in sorted(generic().types, key=lambda t: (-t.severity, t.code))
    ]
    table = "\n".join(["| type_code | roles | severity | zh | en |", "|---|---|---|---|---|", *rows])
    text = file.read_text(encoding="utf-8")
    return re.sub(r"(<!-- types -->\n).*?(<!-- /types -->)", rf"\1{table}\n\2", text, flags=re.DOTALL)


def rules_page(file: Path, lang: str) -> str:
    """The page on the validation report with the table of the rules that it judges by."""
    from training.report.words import Words
    from training.validation.rules.rules import RULES

    words = Words(lang)
    heads = [words(f"head.{head}") for head in ("rule", "about", "severity", "limits", "because")]
    rows = [
        (
            rule.number,
            words.of(rule.about),
            words(f"severity.{rule.severity}"),
            words.listed(f"{words(f'limit.{name}')} {limit:g}" for name, limit in rule.limits.items()),
            words.of(rule.reason),
        )
        for rule in RULES
    ]
    table = "\n".join("| " + " | ".join(row) + " |" for row in [heads, ["---"] * len(heads), *rows])
    text = file.read_text(encoding="utf-8")
    return re.sub(r"(<!-- rules -->\n).*?(<!-- /rules -->)", lambda m: f"{m[1]}{table}\n{m[2]}", text, flags=re.DOTALL)


def cli_page() -> str:
    """The command line as one page: what `--help` says of every command."""
    head = "# The command line\n\nGenerated from the commands by `make docs`; the same text as `--help`.\n"
    return head + "".join(f"\n## `{name}`\n\n```text\n{text}\n```\n" for name, text in helps())


def helps() -> Iterator[tuple[str, str]]:
    """Every command's name and help."""
    from typer.main import get_command

    from cli.main import app

    command = get_command(app)
    context = command.make_context("supplier-credit", [], resilient_parsing=True, max_content_width=WIDTH)
    context.terminal_width = WIDTH
    yield from _helps(command, context, "supplier-credit")


def _helps(command, context, name: str) -> Iterator[tuple[str, str]]:
    yield name, "\n".join(line.rstrip() for line in command.get_help(context).strip().splitlines())
    for verb, inner in getattr(command, "commands", {}).items():
        within = type(context)(inner, info_name=verb, parent=context, terminal_width=WIDTH)
        yield from _helps(inner, within, f"{name} {verb}")


def main() -> None:
    """Write the pages."""
    sys.path.insert(0, str(ROOT))
    for page, text in pages().items():
        page.write_text(text, encoding="utf-8")
        print(f"wrote {page.relative_to(ROOT)}")
    if "--figures" in sys.argv:
        from measured import fill

        for page in fill(ROOT):
            print(f"filled {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

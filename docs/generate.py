"""Make the pages that come from the code (`make docs`), and say whether they are current.

python docs/generate.py             # write them
python docs/generate.py --figures   # and fill measured parts from the last `make demo` and benchmarks
"""

import ast
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
WIDTH = 100
MISCONDUCT = ("docs/misconduct.md", "docs/misconduct.zh-CN.md")
REPORT = {"en": "docs/validation-report.md", "zh": "docs/validation-report.zh-CN.md"}
API = {"en": "docs/api.md", "zh": "docs/api.zh-CN.md"}
OPERATIONS = {"en": "docs/operations.md", "zh": "docs/operations.zh-CN.md"}
SCORE = {"en": "docs/read-a-score.md", "zh": "docs/read-a-score.zh-CN.md"}
FACTS = {"en": "docs/facts.md", "zh": "docs/facts.zh-CN.md"}
WORDS = tomllib.loads((ROOT / "docs" / "words.toml").read_text(encoding="utf-8"))


def pages() -> dict[Path, str]:
    """Every generated page and its text."""
    from features.reference import buyers_page, features_page

    references = {
        ROOT / file: made.page(lang) for made in (features_page, buyers_page) for lang, file in made.PAGES.items()
    }
    catalogues = {ROOT / file: misconduct_page(ROOT / file) for file in MISCONDUCT}
    rules = {ROOT / file: rules_page(ROOT / file, lang) for lang, file in REPORT.items()}
    tables = {ROOT / file: with_tables(ROOT / file, parts, lang) for parts, files in TABLES for lang, file in files}
    return {ROOT / "docs" / "cli.md": cli_page()} | references | catalogues | rules | tables


def misconduct_page(file: Path) -> str:
    """A page on misconduct with the table of the types that ship."""
    from features.facts.misconduct import generic

    rows = [
        f"| `{t.code}` | {', '.join(t.roles)} | {t.severity} | {t.zh} | {t.en} |"
        for t in sorted(generic().types, key=lambda t: (-t.severity, t.code))
    ]
    table = "\n".join(["| type_code | roles | severity | zh | en |", "|---|---|---|---|---|", *rows])
    return filled(file.read_text(encoding="utf-8"), "types", table)


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
    return filled(file.read_text(encoding="utf-8"), "rules", table_of(heads, rows))


def with_tables(file: Path, parts: Sequence[tuple[str, Callable[[str], str]]], lang: str) -> str:
    """A page with its generated tables, each between two comments with its name."""
    text = file.read_text(encoding="utf-8")
    for name, table in parts:
        text = filled(text, name, table(lang))
    return text


def filled(text: str, name: str, content: str) -> str:
    """A page's text with the content between the comments `name` and `/name`."""
    pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
    return re.sub(pattern, lambda match: f"{match[1]}{content}\n{match[2]}", text, flags=re.DOTALL)


def table_of(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [heads, ["---"] * len(heads), *rows])


def problems_table(lang: str) -> str:
    """Every problem type with its status, what to do and whether to send again."""
    from serving.http.problems import KINDS

    heads = {"en": ("Type", "Status", "What to do", "Send again?"), "zh": ("类型", "状态", "如何处理", "是否重发")}
    rows = []
    for kind in sorted(KINDS, key=lambda kind: kind.status):
        words = WORDS["problems"][kind.name]
        rows.append((f"`{kind.name}`", str(kind.status), words[lang], WORDS["retry"][words["retry"]][lang]))
    return table_of(heads[lang], rows)


def roles_table(lang: str) -> str:
    """Every address with the roles that may use it."""
    from ledger.keys import ROLES
    from serving.app import OPERATIONS

    heads = {"en": ("Request", "Roles"), "zh": ("请求", "角色")}
    everybody, all_roles = {"en": ("everybody, no key", "every role"), "zh": ("所有人，无需密钥", "全部角色")}[lang]
    rows = []
    for operation in OPERATIONS:
        roles = operation.roles
        names = everybody if roles is None else all_roles if roles >= set(ROLES) else ", ".join(sorted(roles))
        rows.append((f"`{operation.method} {operation.template}`", names))
    return table_of(heads[lang], rows)


def environment_table(lang: str) -> str:
    """Every environment variable of the service and of the client."""
    from dataclasses import fields

    from serving.settings import PREFIX, Settings

    heads = {"en": ("Variable", "Default", "Meaning"), "zh": ("变量", "默认", "含义")}
    names = [f"{PREFIX}{field.name.upper()}" for field in fields(Settings)]
    names += [name for name in WORDS["environment"] if name not in names]
    rows = [
        (f"`{name}`", f"`{words['default']}`", words[lang])
        for name, words in ((name, WORDS["environment"][name]) for name in names)
    ]
    return table_of(heads[lang], rows)


def events_table(lang: str) -> str:
    """Every event that the service logs."""
    heads = {"en": ("Event", "Meaning", "What to do"), "zh": ("事件", "含义", "如何处理")}
    rows = [(f"`{name}`", WORDS["events"][name][lang], WORDS["events"][name][f"do_{lang}"]) for name in logged_events()]
    return table_of(heads[lang], rows)


def logged_events() -> list[str]:
    """The events that the service's code logs, by name."""
    events = set()
    for file in (ROOT / "serving").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("get_log()."):
                events.add(ast.literal_eval(node.args[0]))
    return sorted(events)


def log_fields(_: str) -> str:
    """The fields that a log line may have."""
    from serving.logs import ALLOWED

    return ", ".join(f"`{name}`" for name in sorted(ALLOWED))


def grades_table(lang: str) -> str:
    """The master scale: every grade with its interval of PD and its points on the standard scale."""
    from itertools import pairwise
    from math import log

    from models.scorecard.grades import GRADES
    from models.scorecard.scale import SCALE

    heads = {"en": ("Grade", "PD from", "PD below", "Points"), "zh": ("等级", "PD 不低于", "PD 低于", "信用分")}
    points = [f"{SCALE.points(log(grade.pd_high / (1 - grade.pd_high))):.0f}" for grade in GRADES[:-1]]
    spans = [f"≥ {points[0]}", *(f"{low} – {high}" for high, low in pairwise(points))]
    rows = [
        (grade.code, f"{grade.pd_low:.2%}", f"{grade.pd_high:.2%}", span)
        for grade, span in zip(GRADES, [*spans, f"≤ {points[-1]}"], strict=True)
    ]
    return table_of(heads[lang], rows)


def facts_tables(lang: str) -> str:
    """Every canonical table: what it holds, its columns, what is required, and its dates."""
    from features.facts.tables import TABLES as CANONICAL

    heads = {"en": ("Column", "Kind", "Required", "Values"), "zh": ("列", "类型", "必填", "取值")}
    key, event, hidden, yes = {
        "en": ("Key", "Event date", "Unknown until `{}` has passed", "yes"),
        "zh": ("键", "事件日期", "`{}` 过去之前视为未知", "是"),
    }[lang]
    colon = {"en": ": ", "zh": "："}[lang]
    parts = []
    for table in CANONICAL.values():
        lines = [f"### `{table.name}`", "", WORDS["tables"][table.name][lang], ""]
        lines.append(f"- {key}{colon}" + ", ".join(f"`{name}`" for name in table.key))
        if table.event:
            lines.append(f"- {event}{colon}`{table.event}`")
        for name, companions in table.hides.items():
            lines.append(f"- {hidden.format(name)}{colon}" + ", ".join(f"`{one}`" for one in (name, *companions)))
        rows = [
            (f"`{c.name}`", c.kind.value, yes if c.required else "", ", ".join(f"`{value}`" for value in c.values))
            for c in table.columns
        ]
        parts.append("\n".join([*lines, "", table_of(heads[lang], rows)]))
    return "\n\n".join(parts)


TABLES = (
    ((("problems", problems_table), ("roles", roles_table)), tuple(API.items())),
    (
        (("environment", environment_table), ("events", events_table), ("log-fields", log_fields)),
        tuple(OPERATIONS.items()),
    ),
    ((("tables", facts_tables),), tuple(FACTS.items())),
    ((("grades", grades_table),), tuple(SCORE.items())),
)
"""The generated tables, each with the pages that show it."""


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

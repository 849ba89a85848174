"""`quality`, `templates`, and an import by rules, as a person runs them."""

from pathlib import Path

import pytest

from features.facts.store import Facts
from tests.command import command

FAULTY = Path(__file__).parents[2] / "examples" / "faulty"


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> tuple[Path, str]:
    """The home in which the faulty example was imported, and what the import printed."""
    home = tmp_path_factory.mktemp("home")
    done = command("import", FAULTY, "--into", home / "facts", home=home)
    assert done.returncode == 0, done.stderr
    return home, done.stdout


def test_an_import_prints_the_suspicions_and_what_is_never_filled(imported):
    _, printed = imported
    assert "suspicion NEGATIVE_CONTRACT A contract with a negative amount: contracts.amount 1 rows" in printed
    assert "never filled in contracts by source county" in printed


def test_the_report_is_printed_and_written_in_both_languages(imported):
    home, _ = imported
    done = command("quality", home / "facts", "--html", home / "pages", "--lang", "zh", home=home)
    assert done.returncode == 0, done.stderr
    assert "编号疑似占位编号" in done.stdout
    english, chinese = ((home / "pages" / f"quality.{lang}.html").read_text("utf-8") for lang in ("en", "zh"))
    assert "The id looks like a stand-in" in english
    assert "编号疑似占位编号" in chinese


def test_a_report_of_other_facts_is_not_shown(imported, tmp_path):
    home, _ = imported
    folder = tmp_path / "facts"
    command("import", FAULTY, "--into", folder, home=home)
    report = folder / "quality.json"
    report.write_text(report.read_text("utf-8").replace(Facts.open(folder).digest, "sha256:" + "0" * 64), "utf-8")
    done = command("quality", folder, home=home)
    assert done.returncode != 0
    assert "The report is of other facts." in done.stderr


def test_an_unknown_code_refuses_the_import(tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\ncode = "TOO_LARGE"\naction = "excluded"\nreason = "x"\n', encoding="utf-8")
    done = command("import", FAULTY, "--into", tmp_path / "facts", "--rules", rules, home=tmp_path)
    assert done.returncode != 0
    assert "There is no code 'TOO_LARGE'." in done.stderr
    assert not (tmp_path / "facts").exists()


def test_templates_are_written_for_every_table(tmp_path):
    done = command("templates", tmp_path / "templates", home=tmp_path)
    assert done.returncode == 0, done.stderr
    header = (tmp_path / "templates" / "amendments.csv").read_text("utf-8")
    assert header.startswith("amendment_id,contract_id,amount_change,currency,")

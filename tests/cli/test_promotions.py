"""`supplier-credit propose`, `approve`, `reject`, `rollback` and `promotions`, with the scorecard that ships."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.shared.verdict_printing import sentences
from models.promotion.champions import champion, champions
from models.promotion.people import add_person
from models.promotion.promote import propose
from models.scorecard.scorecard import Scorecard
from tests.promoting import variant

pytestmark = pytest.mark.slow  # trains or promotes

SHIPPED = Path(__file__).parents[2] / "models" / "releases" / "sandbox-history-loan"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A deployment in which ada and grace may sign."""
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tmp_path))
    for name in ("ada", "grace"):
        add_person(tmp_path, name)
    return tmp_path


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return variant(SHIPPED, tmp_path_factory.mktemp("variant") / "other")


def run(*words):
    """Run a verb; what it refused is the exception that ends with exit code 3 (`test_exits.py`)."""
    return CliRunner().invoke(app, [str(word) for word in words])


def refused(*words):
    result = run(*words)
    assert result.exit_code != 0
    return str(result.exception)


def test_a_proposal_prints_its_number_and_serves_nothing(home):
    result = run("propose", SHIPPED, "--as", "ada")
    assert (result.exit_code, result.stdout.strip()) == (0, "1")
    assert "history-loan version 1 is proposed for history_loan, which nothing answers for yet." in result.stderr
    assert "supplier-credit approve 1 --as NAME" in result.stderr
    assert champions(home) == {}


def test_another_person_puts_it_into_service(home):
    run("propose", SHIPPED, "--as", "ada")
    assert "must be approved by another person" in refused("approve", 1, "--as", "ada")
    result = run("approve", 1, "--as", "grace")
    assert result.exit_code == 0
    assert "history-loan version 1 now answers for history_loan (line 2" in result.stdout
    assert champion(home, "history_loan").version == "1"


def test_what_is_proposed_next_says_what_it_would_replace(home, other):
    run("propose", SHIPPED, "--as", "ada")
    run("approve", 1, "--as", "grace")
    assert f"in place of {champion(home, 'history_loan').digest}" in run("propose", other, "--as", "ada").stderr


def test_a_rollback_brings_back_what_was_before_with_its_reason(home, other):
    for number, candidate in ((1, SHIPPED), (3, other)):
        run("propose", candidate, "--as", "ada")
        run("approve", number, "--as", "grace")
    result = run("rollback", "history_loan", "--as", "grace", "--reason", "It refuses too many.")
    assert result.exit_code == 0
    assert "history-loan version 1 answers for history_loan again (line 5" in result.stdout
    assert champion(home, "history_loan").version == "1"
    assert "There is no previous champion of history_loan" in refused(
        *("rollback", "history_loan", "--as", "ada", "--reason", "Further.")
    )


def test_the_ledger_is_listed_line_by_line_with_who_is_champion(home, other):
    assert run("promotions").stderr == "Nothing was proposed yet.\n"
    run("propose", SHIPPED, "--as", "ada")
    run("approve", 1, "--as", "grace")
    run("propose", other, "--as", "ada")
    run("reject", 3, "--as", "grace", "--reason", "Its sample is too young.")
    run("propose", other, "--as", "grace")
    printed = run("promotions").stdout.splitlines()
    assert printed[0].split() == [
        "serial",
        "when",
        "act",
        "who",
        "scorecard",
        "version",
        "purposes",
        "from",
        "->",
        "to",
        "about",
    ]
    rows = [row.split() for row in printed[1:6]]
    assert [row[2] for row in rows] == ["propose", "approve", "propose", "reject", "propose"]
    assert [row[3] for row in rows] == ["ada", "grace", "ada", "grace", "grace"]
    assert [row[5] for row in rows] == ["1", "1", "2", "2", "2"]
    first, second = (champion(home, "history_loan").digest[7:19], propose(home, other, by="ada").digest[7:19])
    assert rows[0][7:] == ["-", "->", first]
    assert rows[2][7:] == [first, "->", second]
    assert printed[4].endswith("proposal 3: Its sample is too young.")
    assert printed[6] == f"open: proposal 5, history-loan version 2 ({second})"
    assert printed[7] == f"champion of history_loan: history-loan version 1 ({first}), by line 2"


def test_a_proposal_that_was_taken_back_is_not_approved(home):
    run("propose", SHIPPED, "--as", "ada")
    result = run("reject", 1, "--as", "ada", "--reason", "A better one is coming.")
    assert result.stdout.strip() == "Proposal 1, history-loan version 1, is rejected."
    assert "was rejected by ada in line 2: A better one is coming." in refused("approve", 1, "--as", "grace")


def test_a_ledger_that_does_not_hold_is_not_listed(home):
    run("propose", SHIPPED, "--as", "ada")
    content = (home / "promotions.jsonl").read_bytes()
    (home / "promotions.jsonl").write_bytes(content.replace(b'"version":"1"', b'"version":"9"'))
    assert "line 1 is not valid" in refused("promotions")


def test_who_replaces_anothers_proposal_reads_that(home, other):
    run("propose", SHIPPED, "--as", "ada")
    result = run("propose", other, "--as", "grace")
    assert "Proposal 1 by ada, history-loan version 1, is replaced by this one." in result.stderr
    run("approve", 2, "--as", "ada")
    assert "withdrawn" not in run("propose", SHIPPED, "--as", "ada").stderr


def test_who_proposes_and_who_approves_read_the_verdict_and_every_high_finding(home, tmp_path):
    candidate = variant(SHIPPED, tmp_path / "candidate", validation=with_findings)
    for result in (run("propose", candidate, "--as", "ada"), run("approve", 1, "--as", "grace")):
        assert result.exit_code == 0
        assert "Validation: Bad: a finding is high.\n" in result.stderr
        assert "  high: Lending by it loses money. Do not use it.\n" in result.stderr
        assert "A column moved" not in result.stderr
        assert f"Report: none of it in {home / 'reports'}." in result.stderr


def test_the_report_is_named_to_who_signs_where_there_is_one_of_the_same_scorecard(home, other):
    digests = [Scorecard.open(folder).digest for folder in (other, SHIPPED)]
    for name, digest in zip(("other", "shipped"), digests, strict=True):
        (home / "reports" / name).mkdir(parents=True)
        (home / "reports" / name / "report.en.html").write_text(f"<td>{digest}</td>")
    for result in (run("propose", SHIPPED, "--as", "ada"), run("approve", 1, "--as", "grace")):
        assert f"Report: {home / 'reports' / 'shipped' / 'report.en.html'}\n" in result.stderr


def with_findings(validation):
    """A validation with a high finding and a low one, under the verdict that follows from them."""
    high = {"severity": "high", "text": {"en": "Lending by it loses money."}, "mend": {"en": "Do not use it"}}
    low = {"severity": "low", "text": {"en": "A column moved."}, "mend": {"en": "Look at it"}}
    verdict = {"overall": "bad", "text": {"en": "Bad: a finding is high."}}
    return {**validation, "findings": [high, low], "verdict": verdict}


@pytest.mark.parametrize("validation", [{}, {"verdict": None}, {"verdict": {"text": {}}}, {"verdict": 7}])
def test_a_validation_without_a_verdict_is_said_to_give_none(validation):
    assert list(sentences(validation)) == ["Validation: validation.json gives no verdict."]

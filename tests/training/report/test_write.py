"""Writing: the same bytes for the same study, PDFs where there is a Chromium, a sentence where there is none."""

import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

from training.report import write
from training.report.pdf import browser, print_pdf
from training.report.write import NO_BROWSER, folder_of, write_report

AGAIN = """
import pickle, sys
from pathlib import Path
from training.report.write import write_report
write_report(pickle.loads(Path(sys.argv[1]).read_bytes()), Path(sys.argv[2]), pdf=False)
"""
PAGES_MIN = 12

pytestmark = pytest.mark.slow  # a study is learned, and a dozen plots are drawn a page


@pytest.fixture(scope="module")
def written(report, tmp_path_factory):
    return write_report(report, tmp_path_factory.mktemp("report"), pdf=False)


def test_both_pages_and_every_plot_are_written(written):
    assert [page.name for page in written.pages] == ["report.en.html", "report.zh.html"]
    plots = {file.name for file in (written.folder / "plots").iterdir()}
    shown = ("roc", "ks", "distribution", "deciles", "grades", "psi", "migration", "bars", "swarm", "dependence-10")
    assert {f"{name}.{lang}.svg" for name in shown for lang in ("en", "zh")} <= plots


def test_the_same_study_gives_the_same_bytes_in_another_process(report, written, tmp_path):
    (tmp_path / "report").write_bytes(pickle.dumps(report))
    env = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(Path.cwd()), "TZ": "America/Lima"}
    command = [sys.executable, "-c", AGAIN, str(tmp_path / "report"), str(tmp_path / "again")]
    subprocess.run(command, env=env, check=True)
    files = [f for f in sorted(written.folder.rglob("*")) if f.is_file()]
    for file in files:
        again = tmp_path / "again" / file.relative_to(written.folder)
        assert again.read_bytes() == file.read_bytes(), file.name


def test_the_default_folder_of_a_report_is_named_after_its_candidate(report, monkeypatch, tmp_path):
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tmp_path))
    assert folder_of(report) == tmp_path / "reports" / "contract-loan-0123456789"


def test_without_a_chromium_there_is_no_pdf_and_a_sentence(none_bad, monkeypatch, tmp_path):
    (tmp_path / "report.en.pdf").write_text("an earlier one")
    monkeypatch.setattr(write, "browser", lambda: None)
    written = write_report(none_bad, tmp_path)
    assert (written.pdfs, written.note) == ((), NO_BROWSER)
    assert not list(tmp_path.glob("*.pdf"))


@pytest.mark.parametrize("program", ["/bin/false", "/bin/true", "/no/such/program"])
def test_a_chromium_that_cannot_print_is_no_error(program, tmp_path):
    (tmp_path / "page.html").write_text("<p>x</p>")
    trouble = print_pdf(tmp_path / "page.html", tmp_path / "page.pdf", chromium=program)
    assert "could not print it" in trouble


def test_the_named_chromium_comes_first(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/bin/true")
    assert browser() == "/bin/true"


@pytest.mark.skipif(browser() is None, reason="no Chromium here to print with (apt-get install chromium)")
def test_chromium_prints_every_page(written, tmp_path):
    chromium = browser()
    for page in written.pages:
        pdf = tmp_path / page.with_suffix(".pdf").name
        assert print_pdf(page, pdf, chromium=chromium) == ""
        content = pdf.read_bytes()
        assert content.startswith(b"%PDF")
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", content)) >= PAGES_MIN

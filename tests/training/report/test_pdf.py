"""PDF: a page is printed if Chromium is installed, and printing opens no connection to the outside."""

import re
import shutil
import subprocess
import sys

import pytest

from training.report import pdf
from training.report.pdf import ALONE, SILENT, alone, browser, print_pdf

PRINTING = """
import sys
from pathlib import Path
from training.report import pdf
if sys.argv[3] == "by flags alone":
    pdf.alone = tuple
print(pdf.print_pdf(Path(sys.argv[1]), Path(sys.argv[2]), chromium=pdf.browser()))
"""
PROBE = "2001:4860:4860::8888"  # a datagram socket connects to it to test for an IPv6 route; nothing is sent
NOT_MADE = ("ENETUNREACH", "EADDRNOTAVAIL", "EHOSTUNREACH", "ECONNREFUSED")

needs_chromium = pytest.mark.skipif(browser() is None, reason="no Chromium here to print with")


@pytest.fixture
def page(tmp_path):
    file = tmp_path / "page.html"
    file.write_text("<!doctype html><title>x</title><p>x</p>")
    return file


@pytest.fixture
def commands(monkeypatch):
    """Every command that would have been run; each of them fails."""
    calls = []

    def run(command, **_):
        calls.append(list(command))
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(subprocess, "run", run)
    return calls


def test_chromium_gets_options_against_requests_of_its_own(page, commands):
    print_pdf(page, page.with_suffix(".pdf"), chromium="chromium")
    assert set(SILENT) <= set(commands[-1])
    for flag in (
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--proxy-server=127.0.0.1:9",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-domain-reliability",
        "--disable-sync",
    ):
        assert flag in commands[-1]


def test_it_runs_without_a_network_where_the_system_can_take_it_away(page, commands, monkeypatch):
    monkeypatch.setattr(pdf, "alone", lambda: ALONE)
    print_pdf(page, page.with_suffix(".pdf"), chromium="chromium")
    assert commands[-1][:4] == [*ALONE, "chromium"]
    monkeypatch.setattr(pdf, "alone", tuple)
    print_pdf(page, page.with_suffix(".pdf"), chromium="chromium")
    assert commands[-1][0] == "chromium"


@pytest.mark.parametrize("command", [("false",), ("no-such-program",)])
def test_where_the_network_cannot_be_taken_away_flags_have_to_do(command, monkeypatch):
    monkeypatch.setattr(pdf, "ALONE", command)
    assert alone() == ()


@pytest.mark.slow
@needs_chromium
@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace here to watch with (apt-get install strace)")
@pytest.mark.parametrize("how", ["without a network", "by flags alone"])
def test_printing_opens_no_connection_to_the_outside(how, page, tmp_path):
    if how == "without a network" and not alone():
        pytest.skip("this system does not let a network be taken away (unshare --net)")
    watched = ["strace", "-ff", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(tmp_path / "calls")]
    printing = [sys.executable, "-c", PRINTING, str(page), str(page.with_suffix(".pdf")), how]
    done = subprocess.run([*watched, *printing], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "")
    calls = "\n".join(file.read_text(errors="replace") for file in tmp_path.glob("calls.*"))
    assert "connect(" in calls
    assert outside(calls) <= (set() if how == "without a network" else {PROBE})
    assert not re.findall(rf"send\w+\(.*{PROBE}", calls)


def outside(calls):
    """Addresses beyond this machine that a socket was connected or anything was sent to."""
    addresses = set()
    for line in calls.splitlines():
        address = re.search(r'(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"', line)
        if address and not address[1].startswith(("127.", "::1")) and not any(no in line for no in NOT_MADE):
            addresses.add(address[1])
    return addresses

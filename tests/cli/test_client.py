"""Asking the service: what is sent, and what is made of its problems."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cli.shared.client import ask, key_from, problem_text
from cli.shared.exits import Unanswered
from cli.verbs.score import facts_in, request_of, terms_of
from features.errors import InputError


@pytest.fixture
def listener():
    """A real HTTP server on loopback that keeps what it was sent and answers what it is given."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        answer = (200, {"score_id": "sc_1"})

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.path, dict(self.headers), json.loads(body)))
            status, document = type(self).answer
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", Handler, seen
    server.shutdown()
    server.server_close()


def test_every_question_carries_the_key_and_a_new_idempotency_key(listener):
    url, _, seen = listener
    for _ in range(2):
        assert ask({"supplier_id": "S1"}, url=url, key="sck_1") == {"score_id": "sc_1"}
    headers = [headers for _, headers, _ in seen]
    assert {h["Authorization"] for h in headers} == {"Bearer sck_1"}
    assert len({h["Idempotency-Key"] for h in headers}) == 2


def test_a_problem_becomes_one_message_with_its_places_and_request_id(listener):
    url, handler, _ = listener
    problem = {
        "title": "No.",
        "request_id": "req_7",
        "errors": [{"pointer": "#/request/days", "detail": "is required"}],
    }
    handler.answer = (422, problem)
    with pytest.raises(Unanswered) as error:
        ask({"supplier_id": "S1"}, url=url, key="sck_1")
    assert "422: No." in str(error.value)
    assert "#/request/days: is required" in str(error.value)
    assert "req_7" in str(error.value)


def test_an_answer_that_is_no_problem_document_is_said_to_be_none():
    assert "not as a problem document" in problem_text(502, b"<html>")


def test_terms_are_all_or_nothing():
    with pytest.raises(InputError, match="amount and days"):
        terms_of(amount=None, days=90, buyer=None, currency="CNY")
    with pytest.raises(InputError, match="amount and days"):
        terms_of(amount=None, days=None, buyer="B1", currency="CNY")
    assert terms_of(amount=None, days=None, buyer=None, currency="CNY") == {}


def test_the_purpose_follows_the_terms_unless_it_is_named():
    terms = terms_of(amount="66000", days=90, buyer=None, currency="CNY")
    assert request_of("S1", purpose=None, terms=terms)["purpose"] == "contract_loan"
    assert request_of("S1", purpose=None, terms={})["purpose"] == "history_loan"
    assert request_of("S1", purpose="performance_guarantee", terms={})["purpose"] == "performance_guarantee"


@pytest.mark.parametrize("key", ["sck_SECRET\nX: 1", "sck_SECRET ", "sck_SECRÉT", "\x1b]0;SECRET"])
def test_what_cannot_be_a_key_is_refused_before_an_error_could_show_it(key):
    with pytest.raises(InputError) as error:
        key_from(key)
    assert "SECR" not in str(error.value)


def test_a_supplier_that_is_not_text_is_refused_in_words():
    with pytest.raises(InputError, match="UTF-8"):
        ask({"supplier_id": "\udcff"}, url="http://127.0.0.1:1", key="sck_1")


def test_facts_are_read_from_a_json_file_and_a_file_that_is_none_is_named(tmp_path):
    file = tmp_path / "new.json"
    file.write_text('\ufeff{"contracts": []}', encoding="utf-8")
    assert facts_in(file) == {"contracts": []}
    file.write_text("{", encoding="utf-8")
    for wrong, why in ((file, "not JSON"), (tmp_path, "cannot be read"), (tmp_path / "none.json", "cannot be read")):
        with pytest.raises(InputError, match=why) as error:
            facts_in(wrong)
        assert str(wrong) in str(error.value)

"""What the worst clients send, as bytes on a socket, against a real BentoML process."""

import gzip
import json
import select
import socket
import uuid

import psutil
import pytest

from serving.http.answers import ProblemAnswer
from serving.http.strict_json import BODY_BYTES_MAX
from tests.waiting import GUARD_SECONDS

pytestmark = pytest.mark.slow

TERMS = '{"amount":"1.00","currency":"CNY","days":90}'
GOOD = b'{"supplier_id":"unknown","purpose":"contract_loan","request":%s}' % TERMS.encode()


def body(**fields: str) -> bytes:
    """A request with fields given as raw JSON text."""
    values = {"supplier_id": '"unknown"', "purpose": '"contract_loan"', "request": TERMS} | fields
    return ("{" + ",".join(f'"{name}":{text}' for name, text in values.items()) + "}").encode("utf-8", "surrogatepass")


def terms(**fields: str) -> bytes:
    values = {"amount": '"1.00"', "currency": '"CNY"', "days": "90"} | fields
    return body(request="{" + ",".join(f'"{name}":{text}' for name, text in values.items()) + "}")


MALFORMED = {
    "NaN": terms(days="NaN"),
    "Infinity": terms(days="Infinity"),
    "1e999": terms(days="1e999"),
    "duplicate key": GOOD[:-1] + b',"purpose":"history_loan"}',
    "lone surrogate": body(supplier_id='"\\ud800"'),
    "raw surrogate": body(supplier_id='"\ud800"'),
    "bad UTF-8": GOOD.replace(b"unknown", b"\xff\xfe"),
    "trailing NUL": GOOD + b"\0",
    "deep lists": b"[" * 30_000,
    "deep objects": b'{"request":' * 5_000,
    "deep inside": body(facts="[" * 1000 + "]" * 1000),
    "5,000 digits": terms(days="9" * 5_000),
    "not an object": b"[1]",
    "a bare string": b'"x"',
    "empty": b"",
    "form": b"supplier_id=unknown",
}
UNFIT = {
    "NaN as text": terms(amount='"NaN"'),
    "a number as text": terms(days='"90"'),
    "true for a number": terms(days="true"),
    "money as a number": terms(amount="1.00"),
    "a float for a whole number": terms(days="90.0"),
    "unknown field": body(tenant_id='"other"'),
    "unknown field further in": terms(approved="true"),
    "missing field": b'{"purpose":"contract_loan"}',
    "control character in an id": body(supplier_id='"a\\u0000"'),
    "an id that is a list": body(supplier_id='["a"]'),
    "a very long id": body(supplier_id='"' + "x" * 5_000 + '"'),
    "purpose with a path": body(purpose='"../../etc"'),
    "a date with letters": body(as_of='"yesterday"'),
}
UNREAD = {
    "gzip": (gzip.compress(GOOD), {"Content-Encoding": "gzip"}),
    "gzip bomb": (gzip.compress(b"0" * 10_000_000), {"Content-Encoding": "gzip"}),
    "pickle": (b"\x80\x04N.", {"Content-Type": "application/vnd.bentoml+pickle"}),
    "XML that holds JSON": (GOOD, {"Content-Type": "text/xml"}),
    "multipart": (b"--b\r\n\r\nhttp://169.254.169.254/\r\n--b--", {"Content-Type": "multipart/form-data; boundary=b"}),
    "another charset": (GOOD, {"Content-Type": "application/json; charset=utf-16"}),
    "no type": (GOOD, {"Content-Type": None}),
    "JSON of another kind": (GOOD, {"Content-Type": "application/problem+json"}),
}


@pytest.fixture
def send(service, client):
    """Send bytes to `POST /v1/scores` and return status, headers and body."""

    def sending(content: bytes, headers: dict | None = None, *, length: int | None = None) -> tuple[int, dict, bytes]:
        fields = {
            "Host": "x",
            "Content-Type": "application/json",
            "Idempotency-Key": uuid.uuid4().hex,
            "Connection": "close",
        }
        fields |= client.headers("bank") | {"Content-Length": str(len(content) if length is None else length)}
        fields |= headers or {}
        lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
        head = "\r\n".join(["POST /v1/scores HTTP/1.1", *lines, "", ""]).encode()
        return exchange(service.settings.port, head + content)

    return sending


def fresh() -> str:
    return uuid.uuid4().hex


def exchange(port: int, content: bytes) -> tuple[int, dict, bytes]:
    with socket.create_connection(("127.0.0.1", port), timeout=GUARD_SECONDS) as connection:
        connection.sendall(content)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    head, _, rest = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    return int(status.split()[1]), {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}, rest


def next_answer(connection: socket.socket) -> bytes:
    """The next answer on a connection that stays open; head and body may come in pieces."""
    answer = b""
    while not (answer.partition(b"\r\n\r\n")[2] and answer.endswith(b"}")):
        chunk = connection.recv(65536)
        assert chunk, answer
        answer += chunk
    return answer


def refused(answer: tuple[int, dict, bytes], status: int, name: str) -> str:
    assert (answer[0], answer[1].get("content-type")) == (status, "application/problem+json"), answer
    problem = ProblemAnswer.model_validate_json(answer[2])
    assert problem.type.endswith(f":{name}"), problem
    return answer[2].decode()


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_body_is_400(send, content):
    refused(send(content), 400, "malformed-json")


@pytest.mark.parametrize("content", UNFIT.values(), ids=UNFIT.keys())
def test_an_unfit_body_is_422(send, content):
    refused(send(content), 422, "invalid-request")


@pytest.mark.parametrize(("content", "headers"), UNREAD.values(), ids=UNREAD.keys())
def test_anything_but_plain_json_is_415_and_stays_undecoded(send, content, headers):
    refused(send(content, headers), 415, "unsupported-media-type")


def test_the_good_one_among_them_is_answered(send):
    assert send(GOOD)[0] == 200
    assert send(GOOD, {"Content-Type": 'application/json; charset="UTF-8"'})[0] == 200


def test_a_body_over_the_cap_is_413_before_it_is_read(send):
    # Only its first byte is ever sent: a service that read the body would answer 408.
    refused(send(b"{", length=60_000_000), 413, "body-too-large")
    refused(send(b"{", length=10**18), 413, "body-too-large")


def test_one_byte_over_the_cap_is_too_many(send):
    # Its first byte is enough: sent whole, the answer may be lost behind what the service did not read.
    refused(send(b" ", length=BODY_BYTES_MAX + 1), 413, "body-too-large")
    refused(send(b" " * BODY_BYTES_MAX), 400, "malformed-json")


def test_a_body_of_60_mb_in_chunks_without_length_is_413_and_costs_no_memory(service, send, client):
    tree = [psutil.Process(service.pid), *psutil.Process(service.pid).children(recursive=True)]
    before = sum(process.memory_info().rss for process in tree)
    head = f"POST /v1/scores HTTP/1.1\r\nHost: x\r\nAuthorization: {client.headers('bank')['Authorization']}\r\n"
    head += "Idempotency-Key: chunked\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", service.settings.port), timeout=GUARD_SECONDS) as connection:
        connection.sendall(head.encode())
        sent = 0
        try:
            for _ in range(60):
                connection.sendall(chunk)
                sent += 1
        except OSError:
            pass  # It hung up on us, as it may.
        answer = next_answer(connection)
    assert b" 413 " in answer.splitlines()[0]
    assert sum(process.memory_info().rss for process in tree) - before < 32 * 2**20


def test_headers_over_the_cap_are_431(send):
    refused(send(GOOD, {"X-Long": "x" * 40_000}), 431, "headers-too-large")


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"Idempotency-Key": None}, "idempotency-key-missing"),
        ({"Idempotency-Key": ""}, "idempotency-key-malformed"),
        ({"Idempotency-Key": '""'}, "idempotency-key-malformed"),
        ({"Idempotency-Key": "k" * 256}, "idempotency-key-malformed"),
        ({"Idempotency-Key": "with space"}, "idempotency-key-malformed"),
        ({"Idempotency-Key": "schl\u00fcssel"}, "idempotency-key-malformed"),
        ({"Idempotency-Key": "one\r\nIdempotency-Key: two"}, "idempotency-key-malformed"),
    ],
)
def test_an_idempotency_key_is_one_header_of_visible_characters(send, headers, name):
    refused(send(GOOD, headers), 400, name)
    assert send(GOOD, {"Idempotency-Key": uuid.uuid4().hex.ljust(255, "k")})[0] == 200


def test_a_scan_of_paths_finds_nothing_and_leaves_one_line_each(client, log):
    for number in range(60):
        answer = client.http.get(f"/nope/{number}/CANARY-PATH")
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:supplier-credit:problem:not-found")
    assert "CANARY-PATH" not in log()
    assert '"route": "unmatched"' in log()


CLOSED = [
    "/",
    "/docs",
    "/docs.json",
    "/redoc",
    "/schema.json",
    "/metrics",
    "/healthz",
    "/static_content/x",
    "//",
    "/v1",
]


@pytest.mark.parametrize("path", CLOSED)
def test_nothing_of_bentomls_or_fastapis_own_pages_is_reachable(client, path):
    answer = client.http.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/v1/scores", "POST"),
        ("DELETE", "/v1/scores", "POST"),
        ("OPTIONS", "/v1/scores", "POST"),
        ("POST", "/v1/scores/sc_1", "GET, HEAD"),
        ("PUT", "/v1/suppliers/a/profile", "GET, HEAD"),
        ("POST", "/livez", "GET, HEAD"),
        ("BREW", "/readyz", "GET, HEAD"),
        ("POST", "/openapi.json", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_405_and_says_which_are_right(client, method, path, allow):
    answer = client.http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("line", [b"OPTIONS * HTTP/1.1", b"GET http://elsewhere/v1/x HTTP/1.1"])
def test_odd_targets_are_not_found(service, line):
    answer = exchange(service.settings.port, line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer[0] in {404, 405}
    assert answer[1]["content-type"] == "application/problem+json"


def half_a_body(port: int, authorization: str, key: str) -> socket.socket:
    """Send the first two bytes of a body of 500 and return the open connection."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=GUARD_SECONDS)
    head = f"POST /v1/scores HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n"
    head += f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
    connection.sendall(f'{head}{{"'.encode())
    return connection


def test_half_a_body_holds_up_nobody_else(service, client):
    port, authorization = service.settings.port, client.headers("bank")["Authorization"]
    for attempt in range(5):  # On a busy machine the half bodies may expire first, which shows nothing.
        waiting = [half_a_body(port, authorization, f"half-{attempt}-{number}") for number in range(40)]
        assert client.score().status_code == 200
        score_came_first = not select.select(waiting[:1], [], [], 0)[0]
        answer = next_answer(waiting[0])
        for connection in waiting:
            connection.close()
        assert b" 408 " in answer.splitlines()[0]
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["type"].endswith("body-too-slow")
        if score_came_first:
            return
    pytest.fail("the score waited for the half bodies")


def test_no_value_of_a_caller_comes_back_or_is_logged(send, client, log):
    """Canaries in every place a caller can write to: none in an error, none in a log."""
    canary = "CANARY-91370200"
    answers = [
        send(body(supplier_id=f'["{canary}"]')),
        send(body(purpose=f'"{canary}"')),
        send(body(purpose=f'"{canary.lower().replace("-", "_")}"')),
        send(body(as_of=f'"{canary}"')),
        send(terms(amount=f'"{canary}"')),
        send(GOOD[:-1] + f',"{canary}":"{canary}"}}'.encode()),
        send(f'{{"{canary}": NaN}}'.encode()),
        send(GOOD, {"Idempotency-Key": f"{canary} x"}),
        send(GOOD, {"Authorization": f"Bearer {canary}"}),
        send(GOOD, {"Authorization": f"Bearer sck_0123456789ab_{canary:x<43}"}),
        send(GOOD, {"Content-Type": canary}),
        send(GOOD, {"X-Request-ID": f"{canary} {canary}"}),
        send(body(supplier_id=f'"{canary}"', client_reference=f'"{canary}"')),  # answered: the caller's own, not logged
    ]
    for status, headers, content in answers[:-2]:
        assert status >= 400
        assert canary.lower() not in (str(headers) + content.decode()).lower()
    client.get(f"/v1/suppliers/{canary}/profile")
    client.get(f"/v1/scores/{canary}?{canary}={canary}")
    written = log()
    assert written.count('"event": "request"') > len(answers)
    assert canary.lower() not in written.lower()
    assert not any(key in written for key in client.keys.values())


@pytest.mark.parametrize(
    "path", ["/v1/suppliers/unknown/profile?as_of=2024-01-01", "/v1/scores/sc_1?x", "/v1/scorecard?x=1"]
)
def test_a_parameter_that_would_go_unheeded_is_422(client, path):
    """Who asks for the profile of another day must not be given that of today."""
    answer = client.get(path)
    assert (answer.status_code, answer.json()["type"].rsplit(":")[-1]) == (422, "invalid-request")


def test_a_parameter_beside_a_score_is_422_and_beside_health_is_not(client):
    headers = client.headers("bank") | {"Idempotency-Key": fresh(), "Content-Type": "application/json"}
    assert client.http.post("/v1/scores?as_of=2024-01-01", content=GOOD, headers=headers).status_code == 422
    assert client.http.get("/livez?probe=1").status_code == 200


def test_nothing_asked_is_no_request(send):
    refused(send(terms(amount='"0.00"')), 422, "invalid-request")


def test_a_body_with_two_lengths_is_refused_and_nothing_after_it_is_read(send):
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD)
    smuggled = b"GET /v1/scorecard HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = send(chunked + smuggled, {"Transfer-Encoding": "chunked"}, length=len(chunked))
    assert "HTTP/1.1" not in refused(answer, 400, "length-ambiguous")
    assert answer[1]["connection"] == "close"

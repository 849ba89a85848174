import asyncio
import sqlite3
import threading
from dataclasses import replace

import pytest

from ledger.database import open_engine, prepare_ledger
from ledger.keys import create_key, list_keys
from ledger.reader import Reader
from ledger.verify import verify
from ledger.writer import Ask, LedgerUnavailable, ScoreRecord, Writer, forget_expired
from tests.waiting import wait_until


@pytest.fixture
def file(tmp_path):
    return prepare_ledger(tmp_path)


@pytest.fixture
def writer(file):
    opened = Writer(file)
    yield opened
    opened.close()


def entry(number: int, *, tenant: str = "bank", key: str | None = None, body: bytes = b"{}") -> ScoreRecord:
    ask = Ask.of(tenant, key or f"key-{number}", body)
    return ScoreRecord(ask, f"sc_{number}", b"{}", b"", b'{"a":%d}' % number)


def count(file, table: str = "scores") -> int:
    connection = sqlite3.connect(file)
    try:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    finally:
        connection.close()


def test_a_score_is_in_the_file_when_record_returns(file, writer):
    async def one() -> int:
        await writer.record(entry(1))
        return count(file)

    assert asyncio.run(one()) == 1


def test_the_same_key_and_body_give_the_first_answer_again(file, writer):
    async def twice():
        first = await writer.record(entry(1, key="k"))
        return first, await writer.record(entry(2, key="k"))

    first, second = asyncio.run(twice())
    assert (first.answer, first.replayed) == (b'{"a":1}', False)
    assert (second.answer, second.replayed, second.same_body) == (b'{"a":1}', True, True)
    assert count(file) == 1


def test_the_same_key_with_another_body_is_noticed(writer):
    async def twice():
        await writer.record(entry(1, key="k"))
        return await writer.record(entry(2, key="k", body=b'{"other":1}'))

    assert not asyncio.run(twice()).same_body


def test_keys_of_two_tenants_do_not_meet(file, writer):
    async def both():
        return [await writer.record(entry(n, tenant=tenant, key="k")) for n, tenant in enumerate(("a", "b"))]

    assert [one.replayed for one in asyncio.run(both())] == [False, False]
    assert count(file) == 2


def test_64_at_once_under_one_key_are_one_score(file, writer):
    async def race(round_: int):
        return await asyncio.gather(*(writer.record(entry(round_ * 64 + n, key=f"k{round_}")) for n in range(64)))

    for round_ in range(20):
        outcomes = asyncio.run(race(round_))
        assert sum(not one.replayed for one in outcomes) == 1
        assert len({one.answer for one in outcomes}) == 1
    assert count(file) == count(file, "idempotency") == 20


def test_a_key_is_forgotten_after_its_life(file, writer):
    async def once(number: int):
        return await writer.record(entry(number, key="k"))

    asyncio.run(once(1))
    connection = sqlite3.connect(file)
    connection.execute("UPDATE idempotency SET expires_at = '2020-01-01T00:00:00+00:00'")
    connection.commit()
    connection.close()
    assert not asyncio.run(once(2)).replayed
    assert (count(file), count(file, "idempotency")) == (2, 1)


def test_keys_past_their_life_are_cleared_away(file, writer):
    async def some():
        await asyncio.gather(*(writer.record(entry(n)) for n in range(5)))

    asyncio.run(some())
    engine = open_engine(file, writing=True)
    forget_expired(engine)
    assert count(file, "idempotency") == 5
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE idempotency SET expires_at = '2020-01-01T00:00:00.000000+00:00'")
    forget_expired(engine)
    assert count(file, "idempotency") == 0
    engine.dispose()


def fill_expired(file, rows: int) -> None:
    connection = sqlite3.connect(file)
    one = ("bank", b"f", "sc_0", "2020-01-01T00:00:00.000000+00:00")
    connection.executemany(
        "INSERT INTO idempotency (key, tenant, fingerprint, score_id, expires_at) VALUES (?, ?, ?, ?, ?)",
        [(b"%d" % row, *one) for row in range(rows)],
    )
    connection.commit()
    connection.close()


def test_expired_keys_go_in_slices(file):
    fill_expired(file, 1000)
    engine = open_engine(file, writing=True)
    forget_expired(engine)
    engine.dispose()
    assert 500 <= count(file, "idempotency") < 1000


def test_an_idle_writer_clears_all_expired_keys(file):
    fill_expired(file, 1000)
    opened = Writer(file)
    cleared = wait_until(lambda: count(file, "idempotency") == 0, seconds=20)
    opened.close()
    assert cleared


async def recorded_in_time(writer: Writer, number: int) -> bool:
    try:
        async with asyncio.timeout(20):
            await writer.record(entry(number))
    except (LedgerUnavailable, TimeoutError) as error:
        return not isinstance(error, TimeoutError) and None
    return True


def test_a_clearing_that_fails_stops_no_score(file, monkeypatch):
    def fail(*_, **__) -> int:
        raise RuntimeError("no room for the statement")

    monkeypatch.setattr("ledger.writer.forget_expired", fail)
    opened = Writer(file)
    assert asyncio.run(recorded_in_time(opened, 1)) is True
    opened.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_died_refuses_and_lets_nobody_wait(file, monkeypatch):
    def die(*_, **__):
        raise SystemExit

    opened = Writer(file)
    monkeypatch.setattr("ledger.writer.commit_group", die)

    async def twice() -> list[bool | None]:
        return [await recorded_in_time(opened, number) for number in (1, 2)]

    assert asyncio.run(twice()) == [None, None]  # refused, both


def test_the_end_of_the_writer_is_reported_to_its_owner(file, monkeypatch):
    def die(*_, **__):
        raise SystemExit

    seen: list[BaseException] = []
    opened = Writer(file, died=seen.append)
    monkeypatch.setattr("ledger.writer.commit_group", die)
    asyncio.run(recorded_in_time(opened, 1))
    assert wait_until(lambda: [type(one) for one in seen] == [SystemExit])


@pytest.mark.parametrize("broken", ["twice", "without bytes"])
def test_a_request_that_cannot_be_recorded_fails_alone(file, writer, broken):
    entries = [entry(n) for n in range(60)]
    entries[30] = replace(entries[30], score_id="sc_29") if broken == "twice" else replace(entries[30], inputs=None)

    async def together():
        return await asyncio.gather(*(writer.record(one) for one in entries), return_exceptions=True)

    outcomes = asyncio.run(together())
    assert [n for n, one in enumerate(outcomes) if isinstance(one, LedgerUnavailable)] == [30]
    assert count(file) == count(file, "chain") == count(file, "idempotency") == 59
    assert verify(file).intact


def test_looking_up_records_nothing(file, writer):
    ask = Ask.of("bank", "k", b"{}")
    assert asyncio.run(writer.look_up(ask)) is None
    assert count(file, "chain") == 0


def test_a_group_that_cannot_be_committed_fails_whole_and_the_next_one_heals(file, writer):
    blocker = sqlite3.connect(file, isolation_level=None)
    blocker.execute("CREATE TRIGGER full BEFORE INSERT ON scores BEGIN SELECT RAISE(ABORT, 'disk full'); END")

    async def try_some():
        return await asyncio.gather(*(writer.record(entry(n)) for n in range(5)), return_exceptions=True)

    assert all(isinstance(one, LedgerUnavailable) for one in asyncio.run(try_some()))
    assert count(file) == count(file, "chain") == 0
    blocker.execute("DROP TRIGGER full")
    blocker.close()
    assert not any(one.replayed for one in asyncio.run(try_some()))
    assert verify(file).intact


def test_the_command_line_writes_keys_while_scores_are_written(tmp_path, file, writer):
    def make_keys() -> None:
        for _ in range(10):
            create_key(tmp_path, tenant="bank", role="bank")

    async def busy():
        for start in range(0, 200, 20):
            await asyncio.gather(*(writer.record(entry(n)) for n in range(start, start + 20)))

    thread = threading.Thread(target=make_keys)
    thread.start()
    asyncio.run(busy())
    thread.join()
    assert (count(file), len(list_keys(tmp_path))) == (200, 10)
    assert verify(file).intact


def test_a_caller_that_has_gone_does_not_undo_its_score(file, writer):
    async def leave() -> None:
        task = asyncio.ensure_future(writer.record(entry(1)))
        await asyncio.sleep(0)
        task.cancel()
        await writer.record(entry(2))

    asyncio.run(leave())
    assert count(file) == 2


def test_another_tenants_score_is_as_if_it_were_not_there(file, writer):
    reader = Reader(file)

    async def read():
        await writer.record(entry(1, tenant="a"))
        return [await reader.answer(tenant, score) for tenant, score in (("a", "sc_1"), ("b", "sc_1"), ("a", "sc_2"))]

    assert asyncio.run(read()) == [b'{"a":1}', None, None]
    reader.close()

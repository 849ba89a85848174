"""Reading the ledger while its writer works: one thread, one connection, short transactions."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from ledger.commit import LedgerUnavailable, checked_answer
from ledger.database import open_engine
from ledger.keys import Key, live_keys
from ledger.last_seen import note_last_seen
from ledger.schema import PAYLOAD, chain, scores

Result = TypeVar("Result")


class Reader:
    """Reads the ledger without blocking the event loop or the writer."""

    def __init__(self, file: Path) -> None:
        self._engine = open_engine(file, writing=False)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger-reader")

    async def keys(self) -> dict[str, Key]:
        """Return the live keys, by id."""
        return await self._ask(live_keys)

    async def answer(self, tenant: str, score_id: str) -> bytes | None:
        """Return the stored answer of a tenant's own score; None if there is none, or it is another tenant's.

        LedgerUnavailable if its row was changed: an edited answer is never given out as the recorded one.
        """
        own = (scores.c.score_id == score_id) & (scores.c.tenant == tenant)
        entry = select(chain.c.kind, chain.c.digest, *(scores.c[part] for part in PAYLOAD))
        entry = entry.join(chain, (chain.c.chain == scores.c.chain) & (chain.c.seq == scores.c.seq)).where(own)
        row = await self._ask(lambda connection: connection.execute(entry).mappings().one_or_none())
        return None if row is None else checked_answer(dict(row))

    async def note(self, home: Path) -> None:
        """Note beside the ledger what it holds now (`ledger.last_seen`)."""
        await self._ask(lambda connection: note_last_seen(home, connection))

    def close(self) -> None:
        """Close the thread and the connection."""
        self._thread.shutdown()
        self._engine.dispose()

    async def _ask(self, query: Callable[[Connection], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, query)

    def _run(self, query: Callable[[Connection], Result]) -> Result:
        try:
            with self._engine.begin() as connection:
                return query(connection)
        except SQLAlchemyError as error:
            self._engine.dispose()
            raise LedgerUnavailable(type(error).__name__) from error

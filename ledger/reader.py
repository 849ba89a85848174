"""Reading the ledger while its writer works: one thread, one connection, short transactions."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from ledger.database import open_engine
from ledger.keys import Key, live_keys
from ledger.schema import scores
from ledger.writer import LedgerUnavailable

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
        """Return the stored answer of a tenant's own score; None if there is none, or it is another tenant's."""
        own = (scores.c.score_id == score_id) & (scores.c.tenant == tenant)
        return await self._ask(lambda connection: connection.scalar(select(scores.c.answer).where(own)))

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

"""Arrays in files that grow part by part: a later run continues a killed one, and the bytes are the same."""

import hashlib
import io
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

JOURNAL: Final = "parts.jsonl"


@dataclass(frozen=True)
class AddedRows:
    """The rows that one part added to one file: type, shape, number, and the digest of their bytes."""

    descr: str
    shape: tuple[int, ...]
    rows: int
    sha256: str

    @classmethod
    def of(cls, array: np.ndarray) -> "AddedRows":
        """Describe the rows of an array."""
        return cls(array.dtype.str, array.shape[1:], len(array), hashlib.sha256(_bytes(array)).hexdigest())

    @property
    def size(self) -> int:
        """Number of bytes."""
        return self.rows * int(np.prod(self.shape, dtype=np.int64)) * np.dtype(self.descr).itemsize


class ResumableArrays:
    """A folder of .npy files to which a run adds rows, a part at a time.

    A part is finished when its line is in the journal, which is written after its rows. When the folder is opened
    again, it is cut back to the last finished part whose rows have the journal's digest.
    """

    def __init__(self, folder: Path, done: list[dict[str, AddedRows]]) -> None:
        self._folder = folder
        self._rows: dict[str, int] = defaultdict(int)
        self._first_blocks: dict[str, AddedRows] = {}
        self.done = 0
        for blocks in done:
            self._count(blocks)

    @classmethod
    def open(cls, folder: Path, job: Mapping[str, Any]) -> "ResumableArrays":
        """Continue the folder of a killed run of the same job, or start with an empty folder."""
        done = list(_finished_parts(folder, job))
        if not done:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        journal = folder / (JOURNAL + ".new")
        lines = [{"job": dict(job)}, *({n: vars(b) for n, b in blocks.items()} for blocks in done)]
        journal.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        journal.replace(folder / JOURNAL)
        parts = cls(folder, done)
        for name in {file.name for file in folder.glob("*.npy")} - set(parts._rows):
            (folder / name).unlink()
        for name, block in parts._first_blocks.items():
            os.truncate(folder / name, len(_header(block, 0)) + parts._size(name))
        return parts

    def rows(self, name: str) -> int:
        """Rows in a file so far."""
        return self._rows[name]

    def add(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Append the rows of the next part, then its line in the journal."""
        blocks = {name: AddedRows.of(array) for name, array in arrays.items()}
        for name, block in blocks.items():
            with (self._folder / name).open("ab") as out:
                if out.tell() == 0:
                    out.write(_header(block, 0))
                out.write(_bytes(arrays[name]))
        self._count(blocks)
        with (self._folder / JOURNAL).open("a", encoding="utf-8") as out:
            out.write(json.dumps({name: vars(block) for name, block in blocks.items()}) + "\n")

    def finish(self) -> None:
        """Write the number of rows into each file's header, durably; delete the journal."""
        for name, block in self._first_blocks.items():
            with (self._folder / name).open("r+b") as out:
                out.write(_header(block, self._rows[name]))
                os.fsync(out.fileno())
        (self._folder / JOURNAL).unlink()

    def _count(self, blocks: Mapping[str, AddedRows]) -> None:
        for name, block in blocks.items():
            first = self._first_blocks.setdefault(name, block)
            assert (first.descr, first.shape) == (block.descr, block.shape), f"{name} changes its type between parts"
            self._rows[name] += block.rows
        self.done += 1

    def _size(self, name: str) -> int:
        block = self._first_blocks[name]
        return AddedRows(block.descr, block.shape, self._rows[name], "").size


def _bytes(array: np.ndarray) -> memoryview:
    return np.ascontiguousarray(array).view(np.uint8).data


def _header(block: AddedRows, rows: int) -> bytes:
    """The header of a .npy file; its length does not depend on the number of rows, because NumPy pads it."""
    head = io.BytesIO()
    header = {"descr": block.descr, "fortran_order": False, "shape": (rows, *block.shape)}
    np.lib.format.write_array_header_1_0(head, header)
    return head.getvalue()


def _finished_parts(folder: Path, job: Mapping[str, Any]) -> Iterator[dict[str, AddedRows]]:
    """The parts of a folder, in order, up to the first whose rows do not have the journal's digest."""
    lines = _lines(folder / JOURNAL)
    if next(lines, None) != {"job": dict(job)}:
        return
    places: dict[str, int] = {}
    for line in iter(lambda: next(lines, None), None):
        blocks = {n: AddedRows(b["descr"], tuple(b["shape"]), b["rows"], b["sha256"]) for n, b in line.items()}
        for name, block in blocks.items():
            start = places.setdefault(name, len(_header(block, 0)))
            if _digest(folder / name, start, block.size) != block.sha256:
                return
            places[name] += block.size
        yield blocks


def _lines(journal: Path) -> Iterator[Any]:
    """The journal's lines; None for an incomplete last line."""
    if not journal.is_file():
        return
    for line in journal.read_text(encoding="utf-8").splitlines(keepends=True):
        try:
            yield json.loads(line) if line.endswith("\n") else None
        except ValueError:
            return


def _digest(file: Path, start: int, size: int) -> str | None:
    """SHA-256 of `size` bytes of a file from `start`; None where the file is shorter."""
    digest = hashlib.sha256()
    if not file.is_file():
        return None
    with file.open("rb") as stream:
        stream.seek(start)
        while size and (chunk := stream.read(min(size, 1 << 22))):
            digest.update(chunk)
            size -= len(chunk)
    return None if size else digest.hexdigest()

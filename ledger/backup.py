"""Back-up and restoration of a home: the ledger by SQLite's back-up API, and what scores are given with."""

import hashlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from features.errors import InputError
from ledger.database import FILE as LEDGER
from ledger.database import ledger_file
from ledger.last_seen import FILE as SEEN
from models.durable_files import sync_folder

BESIDE: Final = (
    *("promotions.jsonl", "promotions.seen", "deployment.key", "operator.toml", "misconduct.toml", SEEN),
    *("people", "releases", "profiles/current.json"),
)
"""Files and folders of the home that a back-up holds beside the ledger."""
CONTENTS: Final = "contents.json"
PAGES: Final = 256
"""Pages that are copied at once; between two steps a service can commit."""


def back_up(home: Path, file: Path) -> int:
    """Write a back-up of a home into one file, while its service runs; return the number of files in it.

    The file is made beside its place and moved there whole, readable by its owner alone: it holds private keys.
    """
    if not ledger_file(home).exists():
        raise InputError("There is no ledger here.", where=str(ledger_file(home)), fix="Set SUPPLIER_CREDIT_HOME.")
    if file.is_dir():
        raise InputError("This is a folder.", where=str(file), fix="Name a file in it.")
    digests: dict[str, str] = {}
    partial = file.with_name(f".{file.name}.partial")
    try:
        with tempfile.TemporaryDirectory(dir=home, prefix=".backup-") as scratch:
            copy = Path(scratch) / LEDGER
            copy_ledger(ledger_file(home), copy)
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
                with tarfile.open(fileobj=stream, mode="w") as archive:
                    # The promotions come after the ledger: they can only be newer than what scores were given with.
                    for name, source in [(LEDGER, copy), *_beside(home)]:
                        content = source.read_bytes()
                        digests[name] = hashlib.sha256(content).hexdigest()
                        _add(archive, name, content)
                    contents = {"made_at": datetime.now(UTC).isoformat(timespec="seconds"), "sha256": digests}
                    _add(archive, CONTENTS, json.dumps(contents, indent=1).encode())
                stream.flush()
                os.fsync(stream.fileno())
        os.replace(partial, file)
        sync_folder(file.parent)
    finally:
        partial.unlink(missing_ok=True)
    return len(digests)


def copy_ledger(source: Path, target: Path) -> None:
    """Copy a ledger by SQLite's back-up API: a copy of one state, however much is written meanwhile."""
    origin = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    copy = sqlite3.connect(target)
    try:
        origin.backup(copy, pages=PAGES, sleep=0.001)
    except sqlite3.DatabaseError as error:
        raise InputError(f"The ledger cannot be copied: {error}.", where=str(source)) from error
    finally:
        copy.close()
        origin.close()


def unpack(file: Path, folder: Path) -> list[str]:
    """Write the files of a back-up into a folder; return their names. InputError if it is damaged or no back-up."""
    try:
        with tarfile.open(file) as archive:
            contents = json.loads(_read(archive, CONTENTS))["sha256"]
            for name, digest in contents.items():
                content = _read(archive, name)
                place = folder / name
                if hashlib.sha256(content).hexdigest() != digest or not place.resolve().is_relative_to(
                    folder.resolve()
                ):
                    raise InputError(
                        f"{name} in this back-up is damaged.", where=str(file), fix="Take another back-up."
                    )
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
                place.chmod(0o600)
    except (tarfile.TarError, KeyError, ValueError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        fix = "`supplier-credit backup FILE` makes one."
        raise InputError("This is no back-up.", where=str(file), fix=fix) from error
    return list(contents)


def _beside(home: Path) -> Iterator[tuple[str, Path]]:
    for name in BESIDE:
        place = home / name
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        yield from ((str(one.relative_to(home)), one) for one in files if one.is_file())


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    archive.addfile(entry, io.BytesIO(content))


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member.read()

"""Account numbers are stored as HMACs with the deployment key: they can be compared, but not read."""

import hashlib
import os
from pathlib import Path

import duckdb

from features.errors import InputError
from features.home import home

KEY_BYTES = 32
_BLOCK_BYTES = 64  # of SHA-256


def deployment_key() -> bytes:
    """Return the key in `<home>/deployment.key`; create it (mode 0600) where there is none."""
    file = home() / "deployment.key"
    try:
        key = file.read_bytes()
    except FileNotFoundError:
        return _make(file)
    if len(key) != KEY_BYTES:
        raise InputError("The deployment key is damaged.", where=str(file), fix="Restore it from its backup.")
    return key


def key_name(key: bytes) -> str:
    """Return a name of the key that shows whether two keys are equal; it does not reveal the key."""
    return hashlib.sha256(b"supplier-credit deployment key\0" + key).hexdigest()[:16]


def set_key_variables(con: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Set the two pads of HMAC-SHA256 as variables of a DuckDB session, so that no statement contains the key."""
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    con.execute("SET VARIABLE account_inner = CAST(? AS BLOB)", [bytes(b ^ 0x36 for b in padded)])
    con.execute("SET VARIABLE account_outer = CAST(? AS BLOB)", [bytes(b ^ 0x5C for b in padded)])


def _make(file: Path) -> bytes:
    file.parent.mkdir(parents=True, exist_ok=True)
    made = file.with_name(f".{file.name}.{os.getpid()}")
    made.unlink(missing_ok=True)
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(os.urandom(KEY_BYTES))
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(made, file)  # never replaces a key that another process has just created
    except FileExistsError:
        pass
    finally:
        made.unlink()
    return file.read_bytes()

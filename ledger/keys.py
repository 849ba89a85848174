"""Service keys: shown once, stored as a hash; one tenant and one role each; every change is in the chain."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, select

from features.errors import InputError
from ledger.chain import record_key_change
from ledger.database import ledger_file, open_engine, prepare_ledger
from ledger.last_seen import note_last_seen
from ledger.opening import forget_lost, refuse_new
from ledger.schema import keys

PREFIX: Final = "sck"
ROLES: Final = ("bank", "data_scientist", "validator", "risk_officer", "operator", "supplier", "auditor")

_TENANT = re.compile(r"[^\x00-\x20\x7f]{1,64}")
_KEY = re.compile(rf"{PREFIX}_([0-9a-f]{{12}})_[A-Za-z0-9_-]{{43}}")


@dataclass(frozen=True)
class Key:
    """A key that is not revoked, as stored."""

    key_id: str
    hash: bytes
    tenant: str
    role: str


@dataclass(frozen=True)
class NewKey:
    """A new key with its secret, which is stored nowhere."""

    key_id: str
    secret: str


def key_id_of(secret: str) -> str | None:
    """Return the public part of a key, or None if the text does not have the form of a key."""
    match = _KEY.fullmatch(secret)
    return match[1] if match else None


def opens(key: Key, secret: str) -> bool:
    """Return whether `secret` is this key."""
    return hmac.compare_digest(key.hash, hashlib.sha256(secret.encode()).digest())


def create_key(home: Path, *, tenant: str, role: str, new_ledger: bool = False) -> NewKey:
    """Create a key of a tenant; its secret is returned here and stored nowhere.

    Args:
        home: the deployment's folder.
        tenant: the institution.
        role: one of `ROLES`.
        new_ledger: begin a new ledger where the one of this home is lost, without its scores and keys.
    """
    if role not in ROLES:
        raise InputError(f"There is no role {role!r}.", fix=f"Roles are {', '.join(ROLES)}.")
    if not _TENANT.fullmatch(tenant):
        raise InputError("A tenant is 1 to 64 characters without spaces.", fix="Name it as `financings` does.")
    key_id = secrets.token_hex(6)
    secret = f"{PREFIX}_{key_id}_{secrets.token_urlsafe(32)}"
    at, digest = _now(), hashlib.sha256(secret.encode()).digest()
    if new_ledger:
        forget_lost(home)
    refuse_new(home, promoted=False)
    engine = open_engine(prepare_ledger(home), writing=True)
    with engine.begin() as connection:
        row = {"key_id": key_id, "hash": digest, "tenant": tenant, "role": role, "created_at": at}
        connection.execute(keys.insert(), [row])
        record_key_change(connection, key_id, at)
    _note(home, engine)
    return NewKey(key_id, secret)


def revoke_key(home: Path, key_id: str) -> None:
    """Revoke a key; running services refuse it within two seconds, and a restored ledger revokes it again."""
    refuse_new(home, promoted=False)
    engine = open_engine(prepare_ledger(home), writing=True)
    with engine.begin() as connection:
        live = (keys.c.key_id == key_id) & keys.c.revoked_at.is_(None)
        if connection.execute(keys.update().where(live).values(revoked_at=_now())).rowcount == 0:
            raise InputError(f"There is no live key {key_id!r}.", fix="`supplier-credit keys list` shows them.")
        record_key_change(connection, key_id, _now())
    _note(home, engine)


def list_keys(home: Path) -> Sequence[dict[str, str | None]]:
    """Return all keys without their hashes, oldest first; InputError if there is no ledger.

    It changes nothing: a ledger of an older program, perhaps in use by it, is read as it is.
    """
    if not ledger_file(home).exists():
        raise InputError("No key was ever made here.", where=str(ledger_file(home)), fix="`keys create` makes one.")
    engine = open_engine(ledger_file(home), writing=False)
    shown = select(keys.c.key_id, keys.c.tenant, keys.c.role, keys.c.created_at, keys.c.revoked_at)
    with engine.begin() as connection:
        rows = [dict(row) for row in connection.execute(shown.order_by(keys.c.created_at)).mappings()]
    engine.dispose()
    return rows


def live_keys(connection: Connection) -> dict[str, Key]:
    """Return the keys that are not revoked, by id."""
    rows = connection.execute(select(keys).where(keys.c.revoked_at.is_(None))).mappings()
    return {row["key_id"]: Key(row["key_id"], row["hash"], row["tenant"], row["role"]) for row in rows}


def _note(home: Path, engine: Engine) -> None:
    with engine.begin() as connection:
        note_last_seen(home, connection)
    engine.dispose()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")

"""The ledger's tables. Rows of `chain` never change; personal data is in other tables and can be erased."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table

HEAD: Final = "0002"
"""The migration that this code expects; a test compares it with the migrations folder."""

metadata = MetaData()

chain = Table(
    "chain",
    metadata,
    Column("chain", String, primary_key=True, doc="who extends it: `service` or `command-line`"),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False, doc="`score`, `score/2`, `erased`, `key` or `restored`; names the digest"),
    Column("at", String, nullable=False, doc="ISO 8601 in UTC"),
    Column("ref", String, nullable=False, doc="id of what the entry is about, random, never personal"),
    Column("digest", LargeBinary, nullable=False, doc="salted hash of the payload, or hash of the key's row"),
    Column("link", LargeBinary, nullable=False, doc="hash of this entry and the link before it"),
    sqlite_with_rowid=False,
)

scores = Table(
    "scores",
    metadata,
    Column("row", Integer, primary_key=True, doc="makes inserts append; means nothing"),
    Column("score_id", String, nullable=False, unique=True),
    Column("chain", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("tenant", String, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("request", LargeBinary, nullable=False, doc="what was asked, canonical JSON"),
    Column("inputs", LargeBinary, nullable=False, doc="the values that were scored, float64 in the scorecard's order"),
    Column("answer", LargeBinary, nullable=False, doc="the bytes that were sent"),
    Column("supplier_id", String),
    Column("purpose", String),
    Column("status", String),
    Column("points", Float, doc="points_exact; null where there is no score"),
    Column("grade", String),
    Column("as_of", String, doc="ISO 8601, as the answer says it"),
    Column("created_at", String, doc="ISO 8601, as the answer says it"),
    Column("evidence", LargeBinary, doc="further values that reasons may show, canonical JSON by column"),
    Column("scorecard_digest", String),
    Column("features_digest", String),
    Column("facts_digest", String),
    Column("profiles_digest", String, doc="of the stored profiles; null where the profile came from facts"),
)

PROJECTED: Final = (
    *("supplier_id", "purpose", "status", "points", "grade", "as_of", "created_at", "evidence"),
    *("scorecard_digest", "features_digest", "facts_digest", "profiles_digest"),
)
"""Columns beside the payload: what an answer rests on, to search and to replay by; null in rows of schema 0001."""
PAYLOAD: Final = ("score_id", "tenant", "salt", "request", "inputs", "answer", *PROJECTED)
"""What the digest of a score covers."""

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", LargeBinary, primary_key=True, doc="SHA-256 of the caller's key"),
    Column("tenant", String, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False, doc="SHA-256 of the canonical body"),
    Column("score_id", String, nullable=False, doc="whose stored answer is replayed"),
    Column("expires_at", String, nullable=False),
    sqlite_with_rowid=False,
)

keys = Table(
    "keys",
    metadata,
    Column("key_id", String, primary_key=True, doc="the public part of the key"),
    Column("hash", LargeBinary, nullable=False, doc="SHA-256 of the whole key; the key itself is kept nowhere"),
    Column("tenant", String, nullable=False),
    Column("role", String, nullable=False),
    Column("created_at", String, nullable=False),
    Column("revoked_at", String),
    CheckConstraint("length(hash) = 32"),
    sqlite_with_rowid=False,
)

Index("idempotency_expires_at", idempotency.c.expires_at)
Index("scores_supplier", scores.c.supplier_id)

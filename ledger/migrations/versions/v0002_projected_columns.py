"""What an answer rests on, as columns beside the payload; those of earlier rows are read from their answers."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXTS = ("supplier_id", "purpose", "status", "grade", "as_of", "created_at")
DIGESTS = ("scorecard_digest", "features_digest", "facts_digest", "profiles_digest")
SLICE_ROWS = 1000


def upgrade() -> None:
    """Add the columns and fill them for the scores that are there."""
    for name in (*TEXTS, *DIGESTS):
        op.add_column("scores", sa.Column(name, sa.String()))
    op.add_column("scores", sa.Column("points", sa.Float()))
    op.add_column("scores", sa.Column("evidence", sa.LargeBinary()))
    op.create_index("scores_supplier", "scores", ["supplier_id"])
    connection, last = op.get_bind(), -1
    names = (*TEXTS, *DIGESTS, "points")
    update = sa.text(f"UPDATE scores SET {', '.join(f'{name} = :{name}' for name in names)} WHERE row = :row")
    select = sa.text(f"SELECT row, answer FROM scores WHERE row > :last ORDER BY row LIMIT {SLICE_ROWS}")
    while rows := connection.execute(select, {"last": last}).all():
        last = rows[-1][0]
        connection.execute(update, [{"row": row, **_read(answer)} for row, answer in rows])


def downgrade() -> None:
    """Drop the columns."""
    op.drop_index("scores_supplier")
    for name in (*TEXTS, *DIGESTS, "points", "evidence"):
        op.drop_column("scores", name)


def _read(answer: bytes) -> dict[str, Any]:
    """Return the columns of an answer; null where it is not one of this service's."""
    try:
        content = json.loads(answer)
    except ValueError:
        content = {}
    content = content if isinstance(content, dict) else {}
    supplier, scorecard, snapshot = (_block(content, name) for name in ("supplier", "scorecard", "snapshot"))
    return {
        "supplier_id": supplier.get("supplier_id"),
        "purpose": content.get("purpose"),
        "status": content.get("status"),
        "points": supplier.get("points_exact"),
        "grade": _block(supplier, "grade").get("code"),
        "as_of": content.get("as_of"),
        "created_at": content.get("created_at"),
        "scorecard_digest": scorecard.get("digest"),
        "features_digest": scorecard.get("features_digest"),
        "facts_digest": snapshot.get("facts"),
        "profiles_digest": snapshot.get("digest"),
    }


def _block(content: dict[str, Any], name: str) -> dict[str, Any]:
    block = content.get(name)
    return block if isinstance(block, dict) else {}

"""Inboxes in a bucket: what tells one object from another, and the listings of the bucket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("etag", "version", "sequencer"):
        op.add_column("drops", sa.Column(name, sa.Text(), nullable=True))
    op.create_index(
        "uq_drops_object",
        "drops",
        ["inbox", "vendor", "path", "etag", "mtime_ns", "version"],
        unique=True,
        sqlite_where=sa.text("etag IS NOT NULL"),
        postgresql_where=sa.text("etag IS NOT NULL"),
    )
    op.create_table(
        "listings",
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("asked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("found", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("inbox", name=op.f("pk_listings")),
    )

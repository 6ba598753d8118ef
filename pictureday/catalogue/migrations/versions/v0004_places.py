"""Places: photos lie within the blob of their archive, or together in one of their batch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("place", "rendition_place"):
        op.add_column("files", sa.Column(name, sa.Text(), server_default="", nullable=False))

"""What Alembic runs: the migrations, on the connection that `versions.upgrade` hands over."""

from __future__ import annotations

from alembic import context

from pictureday.catalogue.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite can't alter a column in place
    transaction_per_migration=False,
)
context.run_migrations()

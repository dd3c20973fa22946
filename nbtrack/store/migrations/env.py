"""Alembic's environment: migrations run inside the transaction of whoever opens the store."""

from alembic import context

from nbtrack.store.sql import tables

context.configure(connection=context.config.attributes["connection"], target_metadata=tables.metadata)
context.run_migrations()

"""Params and tags are found by their whole values: of what an index of expressions leads to, SQLite reads each row."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("params", "tags"):
        op.drop_index(f"ix_{table}_value", table)
        short = sa.text("length(value) <= 256")
        op.create_index(
            f"ix_{table}_value",
            table,
            ["key", "value"],
            postgresql_include=["run_id"],
            sqlite_where=short,
            postgresql_where=short,
        )

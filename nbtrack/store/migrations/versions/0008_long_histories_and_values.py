"""Long histories have blocks; params and tags are found by their values."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "metric_blocks",
        sa.Column("series_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        *(
            column
            for name in ("first", "last", "min", "max")
            for column in (
                sa.Column(f"{name}_step", sa.BigInteger(), nullable=False),
                sa.Column(f"{name}_at_ms", sa.BigInteger(), nullable=False),
                sa.Column(name, sa.Double(), nullable=True),
            )
        ),
        sa.ForeignKeyConstraint(["series_id"], ["metric_summaries.series_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("series_id", "block"),
        sqlite_with_rowid=False,
    )
    for table in ("params", "tags"):
        op.create_index(f"ix_{table}_value", table, ["key", sa.text("substr(value, 1, 64)")])

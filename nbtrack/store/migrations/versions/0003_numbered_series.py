"""Points belong to a numbered series; deliveries of outboxes are remembered."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox_positions",
        sa.Column("segment", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("segment"),
    )
    op.drop_index("ix_metric_summaries_last", "metric_summaries")
    op.rename_table("metric_summaries", "old_summaries")
    op.create_table(
        "metric_summaries",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("series_id", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.Double(), nullable=True),
        sa.Column("last", sa.Double(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("last_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("min", sa.Double(), nullable=True),
        sa.Column("max", sa.Double(), nullable=True),
        sa.Column("min_step", sa.BigInteger(), nullable=False),
        sa.Column("max_step", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "key"),
        sqlite_with_rowid=False,
    )
    values = "first, last, last_step, last_at_ms, min, max, min_step, max_step, count"
    op.execute(
        f"INSERT INTO metric_summaries (run_id, key, series_id, {values}) "  # noqa: S608 constants
        f"SELECT run_id, key, row_number() OVER (ORDER BY run_id, key), {values} FROM old_summaries"
    )
    op.drop_table("old_summaries")
    op.create_index("ix_metric_summaries_last", "metric_summaries", ["key", "last"], unique=False)
    op.create_index("ix_metric_summaries_series", "metric_summaries", ["series_id"], unique=True)
    op.drop_index("ix_metrics_history", "metrics")
    op.rename_table("metrics", "old_metrics")
    op.create_table(
        "metrics",
        sa.Column("series_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("series_id", "step", "at_ms", "ordinal"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO metrics (series_id, step, at_ms, ordinal, value) "
        "SELECT summary.series_id, old.step, old.at_ms, "
        "row_number() OVER (PARTITION BY summary.series_id ORDER BY old.id) - 1, old.value FROM old_metrics AS old "
        "JOIN metric_summaries AS summary ON summary.run_id = old.run_id AND summary.key = old.key"
    )
    op.drop_table("old_metrics")
    op.execute(
        "INSERT INTO store_state (name, value) SELECT 'series', coalesce(max(series_id), 0) FROM metric_summaries"
    )

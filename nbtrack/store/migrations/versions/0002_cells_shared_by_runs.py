"""A cell's execution is stored once, however many runs it made."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.rename_table("cell_executions", "old_cell_executions")
    op.create_table(
        "cell_executions",
        sa.Column("execution_id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("cell_id", sa.Text(), nullable=True),
        sa.Column("notebook", sa.Text(), nullable=True),
        sa.Column("execution_count", sa.Integer(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("wall_ms", sa.Float(), nullable=True),
        sa.Column("cpu_ms", sa.Float(), nullable=True),
        sa.Column("peak_memory_bytes", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("traceback", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.session_id"]),
        sa.PrimaryKeyConstraint("execution_id"),
    )
    op.create_table(
        "run_cells",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("execution_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["execution_id"], ["cell_executions.execution_id"]),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "execution_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_run_cells_execution", "run_cells", ["execution_id"], unique=False)
    columns = (
        "execution_id, session_id, cell_id, notebook, execution_count, source, status, started_at_ms, wall_ms, "
        "cpu_ms, peak_memory_bytes, error, traceback"
    )
    op.execute(
        f"INSERT INTO cell_executions ({columns}) SELECT {columns} FROM old_cell_executions AS old "  # noqa: S608 constants
        "WHERE run_id = (SELECT min(run_id) FROM old_cell_executions WHERE execution_id = old.execution_id)"
    )
    op.execute("INSERT INTO run_cells (run_id, execution_id) SELECT run_id, execution_id FROM old_cell_executions")
    op.drop_table("old_cell_executions")

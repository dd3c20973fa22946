"""Datasets and environments find the runs that have them: before the last of those is gone, they stay."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_inputs_dataset", "inputs", ["dataset_id"])
    op.create_index("ix_runs_environment", "runs", ["environment_digest"])

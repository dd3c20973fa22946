"""When runs and experiments were deleted, and which of them are being deleted for good."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # When, nobody knows any more: who deletes for good what is old enough waits once more.
    now_ms = time.time_ns() // 1_000_000
    for name in ("experiments", "runs"):
        for column in ("deleted_at_ms", "purge_began_at_ms"):
            op.add_column(name, sa.Column(column, sa.BigInteger(), nullable=True))
        op.execute(f"UPDATE {name} SET deleted_at_ms = {now_ms} WHERE lifecycle = 'deleted'")  # noqa: S608 constants

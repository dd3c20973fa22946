"""When a session's process last showed that it lives."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("seen_at_ms", sa.BigInteger(), nullable=True))

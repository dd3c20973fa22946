"""PostgreSQL counts the values that are common: its backend sees to that whenever a schema is new."""

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Do nothing: no table changes."""

"""Logged models of their own, the whole registry, places of artifacts, and datasets as other clients describe them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("artifact_uri", sa.Text(), nullable=True))
    for name in ("source_type", "schema_document", "profile"):
        op.add_column("datasets", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    _logged_models()
    _registry()


def _logged_models() -> None:
    op.drop_index("ix_logged_models_place", "logged_models")
    op.rename_table("logged_models", "old_logged_models")
    op.create_table(
        "logged_models",
        sa.Column("model_id", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=True),
        sa.Column("experiment_id", sa.String(length=32), nullable=False),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("flavor", sa.Text(), nullable=False),
        sa.Column("model_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("status_message", sa.Text(), nullable=False),
        sa.Column("lifecycle", sa.String(length=16), nullable=False),
        sa.Column("artifact_uri", sa.Text(), nullable=True),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiments.experiment_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("model_id"),
    )
    same = "model_id, run_id, path, name, flavor, size_bytes, created_at_ms, signature"
    op.execute(
        f"INSERT INTO logged_models ({same}, "  # noqa: S608 constants
        "experiment_id, model_type, updated_at_ms, status, status_message, lifecycle) "
        "SELECT old.model_id, old.run_id, old.path, old.name, old.flavor, old.size_bytes, old.created_at_ms, "
        "old.signature, runs.experiment_id, '', old.created_at_ms, 'READY', '', 'active' "
        "FROM old_logged_models AS old JOIN runs ON runs.run_id = old.run_id"
    )
    op.drop_table("old_logged_models")
    op.create_index("ix_logged_models_place", "logged_models", ["run_id", "path"], unique=True)
    op.create_index(
        "ix_logged_models_newest", "logged_models", ["experiment_id", "lifecycle", "created_at_ms", "model_id"]
    )
    for table in ("logged_model_params", "logged_model_tags"):
        op.create_table(
            table,
            sa.Column("model_id", sa.String(length=64), nullable=False),
            sa.Column("key", sa.Text(), nullable=False),
            sa.Column("value", sa.Text(), nullable=False),
            sa.ForeignKeyConstraint(["model_id"], ["logged_models.model_id"], ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("model_id", "key"),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "logged_model_metrics",
        sa.Column("model_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("dataset_name", sa.Text(), nullable=True),
        sa.Column("dataset_digest", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["model_id"], ["logged_models.model_id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("model_id", "key", "at_ms", "step", "run_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_logged_model_metrics_value", "logged_model_metrics", ["key", "value"])
    op.create_index("ix_logged_model_metrics_run", "logged_model_metrics", ["run_id"])
    op.create_table(
        "run_models",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("model_id", sa.String(length=64), nullable=False),
        sa.Column("is_output", sa.Boolean(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "model_id", "is_output"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_run_models_model", "run_models", ["model_id"])
    op.execute(
        "INSERT INTO run_models (run_id, model_id, is_output, step) SELECT run_id, model_id, true, 0 FROM logged_models"
    )


def _registry() -> None:
    op.add_column("registered_models", sa.Column("last_version", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE registered_models SET last_version = coalesce("
        "(SELECT max(version) FROM model_versions WHERE model_versions.name = registered_models.name), 0)"
    )
    op.drop_index("ix_model_versions_source", "model_versions")
    op.rename_table("model_versions", "old_model_versions")
    op.create_table(
        "model_versions",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=True),
        sa.Column("model_id", sa.String(length=64), nullable=True),
        sa.Column("run_link", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("status_message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["name"], ["registered_models.name"], ondelete="CASCADE", onupdate="CASCADE"),
        sa.PrimaryKeyConstraint("name", "version"),
    )
    op.execute(
        'INSERT INTO model_versions (name, version, source, run_id, run_link, "user", created_at_ms, updated_at_ms, '
        "description, stage, status, status_message) "
        "SELECT name, version, source, run_id, '', '', created_at_ms, created_at_ms, description, 'None', 'READY', '' "
        "FROM old_model_versions"
    )
    op.drop_table("old_model_versions")
    op.create_index("ix_model_versions_source", "model_versions", ["source"])
    op.create_index("ix_model_versions_run", "model_versions", ["run_id"])
    op.create_index("ix_model_versions_newest", "model_versions", ["updated_at_ms"])
    op.create_table(
        "registered_model_tags",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["name"], ["registered_models.name"], ondelete="CASCADE", onupdate="CASCADE"),
        sa.PrimaryKeyConstraint("name", "key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "model_version_tags",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        _of_version(),
        sa.PrimaryKeyConstraint("name", "version", "key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "model_aliases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _of_version(),
        sa.PrimaryKeyConstraint("name", "alias"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_model_aliases_version", "model_aliases", ["name", "version"])


def _of_version() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["name", "version"],
        ["model_versions.name", "model_versions.version"],
        ondelete="CASCADE",
        onupdate="CASCADE",
    )

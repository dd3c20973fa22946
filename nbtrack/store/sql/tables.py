"""The tables. A change here needs a migration in ``nbtrack/store/migrations``; a test compares the two."""

from __future__ import annotations

import math
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)

metadata = MetaData()
FOUND_CHARACTERS = 256
"""Texts of up to so many characters are found by an index: a note may be longer than an entry of one can be."""


class ExactFloat(TypeDecorator[float]):
    """A float64 that keeps NaN: NULL stands for it, since SQLite has no NaN and PostgreSQL sorts it above infinity.

    The sign of a zero is not kept: SQLite stores whole floats as integers.
    """

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:  # noqa: ARG002 SQLAlchemy's signature
        return None if value is None or math.isnan(value) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> float:  # noqa: ARG002 SQLAlchemy's signature
        return math.nan if value is None else float(value)


def _run_id(**options: Any) -> Column[str]:
    return Column("run_id", String(32), ForeignKey("runs.run_id", ondelete="CASCADE"), **options)


def _values_index(name: str) -> Index:
    """Lead from a key and a value to the runs that have them, without a look at the table."""
    short = text(f"length(value) <= {FOUND_CHARACTERS}")
    return Index(name, "key", "value", postgresql_include=["run_id"], sqlite_where=short, postgresql_where=short)


store_state = Table(
    "store_state",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

experiments = Table(
    "experiments",
    metadata,
    Column("experiment_id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("lifecycle", String(16), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
    Column("artifact_location", Text),
    # When it was deleted, and when deleting it for good began; from then on it can't be restored.
    Column("deleted_at_ms", BigInteger),
    Column("purge_began_at_ms", BigInteger),
    # A deleted experiment gives its name free at once.
    Index(
        "ix_experiments_active_name",
        "name",
        unique=True,
        sqlite_where=text("lifecycle = 'active'"),
        postgresql_where=text("lifecycle = 'active'"),
    ),
)

experiment_tags = Table(
    "experiment_tags",
    metadata,
    Column(
        "experiment_id",
        String(32),
        ForeignKey("experiments.experiment_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("session_id", String(32), primary_key=True),
    Column("host", Text, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process_started_at_ms", BigInteger, nullable=False),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    Column("notebook", Text),
    # When its process last showed that it lives.
    Column("seen_at_ms", BigInteger),
)

environments = Table(
    "environments",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("document", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("experiment_id", String(32), ForeignKey("experiments.experiment_id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("lifecycle", String(16), nullable=False),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    Column("user", Text, nullable=False),
    Column("origin", String(16), nullable=False),
    # No foreign key: a parent may live in a store that is merged in later.
    Column("parent_run_id", String(32)),
    Column("session_id", String(32), ForeignKey("sessions.session_id")),
    Column("environment_digest", String(64), ForeignKey("environments.digest")),
    Column("group_id", String(64)),
    Column("attempt", Integer, nullable=False),
    Column("cell_id", Text),
    Column("notebook", Text),
    Column("execution_count", Integer),
    # NULL: the store's own place, so that a folder can be moved.
    Column("artifact_uri", Text),
    # When it was deleted, and when deleting it for good began; from then on it can't be restored.
    Column("deleted_at_ms", BigInteger),
    Column("purge_began_at_ms", BigInteger),
    # The value of the store's change counter when the run last changed; readers ask for what is above theirs.
    Column("seq", BigInteger, nullable=False),
    Index("ix_runs_newest", "lifecycle", "started_at_ms", "run_id"),
    Index("ix_runs_experiment_newest", "experiment_id", "lifecycle", "started_at_ms", "run_id"),
    Index("ix_runs_seq", "seq"),
    Index("ix_runs_group", "group_id", "attempt"),
    Index("ix_runs_parent", "parent_run_id"),
    Index("ix_runs_status_session", "status", "session_id"),
    Index("ix_runs_environment", "environment_digest"),
)

params = Table(
    "params",
    metadata,
    _run_id(primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    _values_index("ix_params_value"),
    sqlite_with_rowid=False,
)

tags = Table(
    "tags",
    metadata,
    _run_id(primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    _values_index("ix_tags_value"),
    sqlite_with_rowid=False,
)

metrics = Table(
    "metrics",
    metadata,
    # That of the summary: a number is a tenth of a run id and a key. The rows lie in the order in which they are read.
    Column("series_id", BigInteger, primary_key=True, autoincrement=False),
    Column("step", BigInteger, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, primary_key=True, autoincrement=False),
    # How many points of the series were logged before: points of one step and time stay in their order.
    Column("ordinal", BigInteger, primary_key=True, autoincrement=False),
    Column("value", ExactFloat),
    sqlite_with_rowid=False,
)

PointOfSeries = tuple[int, int, int, int, float]
"""A row of ``metrics``: number of the series, step, milliseconds since the epoch, ordinal, value."""

metric_summaries = Table(
    "metric_summaries",
    metadata,
    _run_id(primary_key=True),
    Column("key", Text, primary_key=True),
    Column("series_id", BigInteger, nullable=False),
    Column("first", ExactFloat),
    Column("last", ExactFloat),
    Column("last_step", BigInteger, nullable=False),
    Column("last_at_ms", BigInteger, nullable=False),
    Column("min", ExactFloat),
    Column("max", ExactFloat),
    Column("min_step", BigInteger, nullable=False),
    Column("max_step", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Index("ix_metric_summaries_last", "key", "last"),
    Index("ix_metric_summaries_series", "series_id", unique=True),
    sqlite_with_rowid=False,
)

# Four points of every so many of a long series; see ``blocks.py``.
metric_blocks = Table(
    "metric_blocks",
    metadata,
    Column(
        "series_id",
        BigInteger,
        ForeignKey("metric_summaries.series_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("block", BigInteger, primary_key=True, autoincrement=False),
    *(
        column
        for name in ("first", "last", "min", "max")
        for column in (
            Column(f"{name}_step", BigInteger, nullable=False),
            Column(f"{name}_at_ms", BigInteger, nullable=False),
            Column(name, ExactFloat),
        )
    ),
    sqlite_with_rowid=False,
)

outbox_positions = Table(
    "outbox_positions",
    metadata,
    Column("segment", String(64), primary_key=True),
    # Bytes of the segment that are in this database.
    Column("position", BigInteger, nullable=False),
)

datasets = Table(
    "datasets",
    metadata,
    Column("dataset_id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("shape", Text, nullable=False),
    Column("columns", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("source_type", Text, nullable=False),
    Column("schema_document", Text, nullable=False),
    Column("profile", Text, nullable=False),
)

inputs = Table(
    "inputs",
    metadata,
    _run_id(primary_key=True),
    Column("dataset_id", String(64), ForeignKey("datasets.dataset_id"), primary_key=True),
    Column("context", Text, primary_key=True),
    Column("tags", Text, nullable=False),
    Index("ix_inputs_dataset", "dataset_id"),
)

logged_models = Table(
    "logged_models",
    metadata,
    Column("model_id", String(64), primary_key=True),
    _run_id(),
    Column("experiment_id", String(32), ForeignKey("experiments.experiment_id", ondelete="CASCADE"), nullable=False),
    # NULL: its artifacts are not among its run's, but in a place of its own.
    Column("path", Text),
    Column("name", Text, nullable=False),
    Column("flavor", Text, nullable=False),
    Column("model_type", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("status_message", Text, nullable=False),
    Column("lifecycle", String(16), nullable=False),
    Column("artifact_uri", Text),
    Column("signature", Text),
    Index("ix_logged_models_place", "run_id", "path", unique=True),
    Index("ix_logged_models_newest", "experiment_id", "lifecycle", "created_at_ms", "model_id"),
)


def _model_id(**options: Any) -> Column[str]:
    return Column("model_id", String(64), ForeignKey("logged_models.model_id", ondelete="CASCADE"), **options)


logged_model_params = Table(
    "logged_model_params",
    metadata,
    _model_id(primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)

logged_model_tags = Table(
    "logged_model_tags",
    metadata,
    _model_id(primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)

# Few, and each said once: a model's metrics are results on datasets, not histories.
logged_model_metrics = Table(
    "logged_model_metrics",
    metadata,
    _model_id(primary_key=True),
    Column("key", Text, primary_key=True),
    Column("at_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("step", BigInteger, primary_key=True, autoincrement=False),
    _run_id(primary_key=True),
    Column("value", ExactFloat),
    Column("dataset_name", Text),
    Column("dataset_digest", Text),
    Index("ix_logged_model_metrics_value", "key", "value"),
    Index("ix_logged_model_metrics_run", "run_id"),
    sqlite_with_rowid=False,
)

# Models that a run used or made; those lie in other runs, perhaps in ones that are merged in later.
run_models = Table(
    "run_models",
    metadata,
    _run_id(primary_key=True),
    Column("model_id", String(64), primary_key=True),
    Column("is_output", Boolean, primary_key=True),
    Column("step", BigInteger, nullable=False),
    Index("ix_run_models_model", "model_id"),
    sqlite_with_rowid=False,
)

# What was stored, not what is there: files that other tools left have no row. An owner is a run or a logged model; no
# foreign key, since files may be told of before either is.
artifact_files = Table(
    "artifact_files",
    metadata,
    Column("owner_id", String(128), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("stored_at_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Runs that came from elsewhere, whole: what showed then how they are there, and their change counter here.
imported_runs = Table(
    "imported_runs",
    metadata,
    _run_id(primary_key=True),
    Column("stamp", String(80), nullable=False),
    Column("seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

cell_executions = Table(
    "cell_executions",
    metadata,
    Column("execution_id", String(32), primary_key=True),
    Column("session_id", String(32), ForeignKey("sessions.session_id"), nullable=False),
    Column("cell_id", Text),
    Column("notebook", Text),
    Column("execution_count", Integer),
    Column("source", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("wall_ms", Float),
    Column("cpu_ms", Float),
    Column("peak_memory_bytes", BigInteger),
    Column("error", Text),
    Column("traceback", Text),
)

run_cells = Table(
    "run_cells",
    metadata,
    _run_id(primary_key=True),
    Column("execution_id", String(32), ForeignKey("cell_executions.execution_id"), primary_key=True),
    Index("ix_run_cells_execution", "execution_id"),
    sqlite_with_rowid=False,
)

registered_models = Table(
    "registered_models",
    metadata,
    Column("name", Text, primary_key=True),
    Column("description", Text, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
    # The highest number given: that of a deleted version is not given again.
    Column("last_version", Integer, nullable=False),
)


def _model_name(**options: Any) -> Column[str]:
    followed = ForeignKey("registered_models.name", ondelete="CASCADE", onupdate="CASCADE")
    return Column("name", Text, followed, **options)


registered_model_tags = Table(
    "registered_model_tags",
    metadata,
    _model_name(primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)

model_versions = Table(
    "model_versions",
    metadata,
    _model_name(primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    # No foreign keys: a version outlives the run that made it.
    Column("run_id", String(32)),
    Column("model_id", String(64)),
    Column("run_link", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
    Column("description", Text, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("status_message", Text, nullable=False),
    Index("ix_model_versions_source", "source"),
    Index("ix_model_versions_run", "run_id"),
    Index("ix_model_versions_newest", "updated_at_ms"),
)


def _of_version() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["name", "version"],
        ["model_versions.name", "model_versions.version"],
        ondelete="CASCADE",
        onupdate="CASCADE",
    )


model_version_tags = Table(
    "model_version_tags",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    _of_version(),
    sqlite_with_rowid=False,
)

model_aliases = Table(
    "model_aliases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("alias", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    _of_version(),
    Index("ix_model_aliases_version", "name", "version"),
    sqlite_with_rowid=False,
)

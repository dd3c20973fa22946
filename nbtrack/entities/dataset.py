from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ColumnSchema:
    name: str
    type: str


@dataclass(frozen=True)
class Dataset:
    """Data that a run used, known by its content's digest."""

    name: str
    digest: str
    shape: tuple[int, ...] = ()
    columns: tuple[ColumnSchema, ...] = ()
    source: str = ""
    source_type: str = ""
    schema_document: str = ""
    """The schema in MLflow's JSON; the types in ``columns`` are those of the library that held the data."""
    profile: str = ""
    """Statistics of the data as JSON."""

    @property
    def schema(self) -> tuple[ColumnSchema, ...]:
        return self.columns


@dataclass(frozen=True)
class DatasetInput:
    """A dataset in its role: ``context`` is 'training', 'evaluation', ..."""

    dataset: Dataset
    context: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

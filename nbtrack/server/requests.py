"""What the routes take: path, query and body as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

MAX_FILTER_LENGTH = 10_000


@dataclass(frozen=True)
class Nothing:
    """A request that carries nothing."""


@dataclass(frozen=True)
class ById:
    """A request about one experiment, run, deployment or evaluation."""

    id: str


@dataclass(frozen=True)
class ListRuns:
    """One page of runs, or all that changed after ``since``; ``filter`` may also be words of names."""

    experiment: str | None = None
    filter: Annotated[str, Meta(max_length=MAX_FILTER_LENGTH)] = ""
    limit: int = 500
    cursor: str | None = None
    since: int | None = None


@dataclass(frozen=True)
class CompleteFilter:
    """What was written of a filter, up to the cursor."""

    text: Annotated[str, Meta(max_length=MAX_FILTER_LENGTH)] = ""
    experiment: str | None = None


@dataclass(frozen=True)
class Rename:
    """A new name."""

    id: str
    name: str


@dataclass(frozen=True)
class Create:
    """A thing that needs only a name."""

    name: str


@dataclass(frozen=True)
class EndRun:
    """The status that an open run ends with."""

    id: str
    status: str = "FINISHED"


@dataclass(frozen=True)
class ReadHistory:
    """A metric's history."""

    id: str
    key: str
    max_points: int = 1000


@dataclass(frozen=True)
class AtPath:
    """A folder or file among a run's artifacts; the empty path is the whole."""

    id: str
    path: str = ""


@dataclass(frozen=True)
class OneVersion:
    """A version of the registered model that is called ``id``."""

    id: str
    version: str


@dataclass(frozen=True)
class ModelUri:
    """A model of the store: of a run, of a version, or a logged model."""

    uri: str


@dataclass(frozen=True)
class CompareRuns:
    """Run ids, separated by commas."""

    runs: str


@dataclass(frozen=True)
class RegisterModel:
    """A model to register under a name."""

    model_uri: str
    name: str


@dataclass(frozen=True)
class Deploy:
    """A model to serve; without a port a free one is taken."""

    model_uri: str
    port: int | None = None


@dataclass(frozen=True)
class EvaluateFile:
    """A run's model and the file, below the server's root folder, to evaluate it on."""

    id: str
    file: str
    target: str
    model_type: str
    model_path: str

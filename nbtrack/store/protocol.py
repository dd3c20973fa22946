"""What every store can do. A store is its parts; each part is small enough to be implemented over HTTP too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeVar

from nbtrack.entities import (
    Batch,
    CellExecution,
    Environment,
    Experiment,
    LoggedModel,
    Metric,
    MetricHistory,
    MetricSummary,
    ModelStatus,
    ModelVersion,
    NewRun,
    RegisteredModel,
    Run,
    RunSummary,
    Session,
    Stage,
    StoredFile,
)

if TYPE_CHECKING:
    from nbtrack.store.artifacts import Arrival, ArtifactReader
    from nbtrack.store.records import RecordStore

Item = TypeVar("Item")

DEFAULT_EXPERIMENT_ID = "0"
DEFAULT_EXPERIMENT_NAME = "Default"


@dataclass(frozen=True)
class RunQuery:
    """A search. Without experiments it looks in all of them; deleted runs only if asked for.

    The order is that of ``order_by``, then newest first, then by id. Runs without the field come last, and before
    them those where it is NaN, in both directions. ``page_token`` is that of the page before.
    """

    experiment_ids: tuple[str, ...] = ()
    filter: str = ""
    order_by: tuple[str, ...] = ()
    lifecycle: str | None = "active"
    max_results: int = 1000
    page_token: str | None = None


@dataclass(frozen=True)
class Query:
    """A search for things other than runs."""

    filter: str = ""
    order_by: tuple[str, ...] = ()
    max_results: int = 1000
    page_token: str | None = None


@dataclass(frozen=True)
class Page(Generic[Item]):
    """What a search found; without a token, there is no more."""

    items: tuple[Item, ...]
    next_page_token: str | None = None


@dataclass(frozen=True)
class RunPage:
    """What a search found; without a token, there is no more."""

    runs: tuple[Run, ...]
    next_page_token: str | None = None


@dataclass(frozen=True)
class RunKeys:
    """Keys that runs have, sorted."""

    metrics: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunTable:
    """Runs as columns, one value a run. What a run has not is NaN in metrics, and None in params and tags.

    Times are milliseconds since the epoch; keys are sorted.
    """

    run_ids: Sequence[str]
    experiment_ids: Sequence[str]
    names: Sequence[str]
    statuses: Sequence[str]
    artifact_uris: Sequence[str]
    start_times: Sequence[int]
    end_times: Sequence[int | None]
    metrics: Mapping[str, Sequence[float]]
    params: Mapping[str, Sequence[str | None]]
    tags: Mapping[str, Sequence[str | None]]


@dataclass(frozen=True)
class RunSummaries:
    """One page of a list. ``seq`` is the store's change counter as of this read; no cursor: the last page."""

    runs: tuple[RunSummary, ...]
    seq: int
    cursor: str | None = None


@dataclass(frozen=True)
class MetricPage:
    """A stretch of a history, by step, then time, then order of logging; without a token, it is the last."""

    points: tuple[Metric, ...]
    next_page_token: str | None = None


@dataclass(frozen=True)
class NewVersion:
    """A version to be registered; the store gives it its number."""

    name: str
    source: str
    created_at_ms: int
    run_id: str | None = None
    model_id: str | None = None
    run_link: str = ""
    user: str = ""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


Series = tuple[str, str]
"""Run id and key of a metric."""
PointRow = tuple[int, int, float]
"""Step, milliseconds since the epoch, value."""


@dataclass(frozen=True)
class Delivery:
    """What a stretch of an outbox's segment holds, from byte ``start`` to ``end``: written together, and once."""

    segment: str
    start: int
    end: int
    points: Mapping[Series, Sequence[PointRow]] = field(default_factory=dict)
    batches: Sequence[tuple[str, Batch]] = ()
    new_runs: Sequence[NewRun] = ()
    sessions: Sequence[Session] = ()


DiscardedKind = Literal["run", "model", "experiment"]


@dataclass(frozen=True)
class Discarded:
    """A run, a logged model or an experiment that was deleted.

    ``owners`` are those whose artifacts go with it; ``versions`` are model versions, as ``NAME/VERSION``, whose files
    they hold; ``run_count`` counts the runs of an experiment, active ones too.
    """

    kind: DiscardedKind
    id: str
    name: str
    experiment_id: str
    deleted_at_ms: int
    owners: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    run_count: int = 0


class ExperimentStore(Protocol):
    """Names are unique among active experiments; a deleted one gives its name free."""

    def create(self, name: str, *, tags: Mapping[str, str], artifact_location: str | None = None) -> Experiment: ...
    def get(self, experiment_id: str) -> Experiment: ...
    def find(self, name: str) -> Experiment | None: ...
    def list(self, *, lifecycle: str | None = "active") -> Sequence[Experiment]: ...
    def search(self, query: Query, *, lifecycle: str | None = "active") -> Page[Experiment]: ...
    def run_counts(self) -> Mapping[str, int]: ...
    def rename(self, experiment_id: str, name: str) -> None: ...
    def set_tags(self, experiment_id: str, tags: Mapping[str, str]) -> None: ...
    def delete_tag(self, experiment_id: str, key: str) -> None: ...
    def delete(self, experiment_id: str) -> None: ...
    def restore(self, experiment_id: str) -> None: ...


class RunStore(Protocol):
    """Runs and what is logged to them. Writing to a deleted run is refused."""

    def create(self, new_runs: Sequence[NewRun]) -> None: ...
    def get(self, run_id: str) -> Run: ...
    def search(self, query: RunQuery) -> RunPage:
        """Find a page of runs. Runs that are added meanwhile neither repeat nor hide others on later pages."""
        ...

    def keys(self, *, experiment_id: str | None = None, prefix: str = "", limit: int = 1000) -> RunKeys:
        """Return the first ``limit`` keys of each kind, for completion and for what may have been meant.

        Those of one experiment are the keys of its newest runs.
        """
        ...

    def table(self, query: RunQuery) -> RunTable:
        """Find runs as ``search`` does, up to the query's ``max_results``, and return them as columns."""
        ...

    def summaries(
        self, *, experiment_id: str | None = None, filter_text: str = "", limit: int = 500, cursor: str | None = None
    ) -> RunSummaries:
        """Read one page of the active runs that match, newest first."""
        ...

    def summaries_since(self, seq: int) -> RunSummaries: ...
    def summaries_of(self, run_ids: Sequence[str]) -> Sequence[RunSummary]: ...
    def children(self, run_id: str) -> Sequence[RunSummary]: ...
    def log(self, run_id: str, batch: Batch) -> None: ...
    def deliver(self, delivery: Delivery) -> None: ...
    def delivered(self, segment: str) -> int: ...
    def forget_segment(self, segment: str) -> None: ...
    def check(self, delivery: Delivery) -> None:
        """Raise what the delivery would raise; write nothing."""
        ...

    def check_open(self, run_id: str) -> None:
        """Raise RunNotFound or InvalidState unless the run can be logged to."""
        ...

    def delete_tag(self, run_id: str, key: str) -> None: ...
    def rename(self, run_id: str, name: str) -> None: ...
    def delete(self, run_ids: Iterable[str]) -> None: ...
    def restore(self, run_id: str) -> None: ...


class MetricStore(Protocol):
    def summaries(self, run_id: str) -> Sequence[MetricSummary]: ...
    def latest(self, run_ids: Sequence[str]) -> Mapping[str, Sequence[Metric]]:
        """Return the latest point of each metric, by key, of runs that have some."""
        ...

    def history(
        self,
        run_id: str,
        key: str,
        *,
        max_points: int | None = None,
        start_step: int | None = None,
        end_step: int | None = None,
    ) -> MetricHistory:
        """Read points from ``start_step`` to ``end_step``, both included, thinned out to about ``max_points``."""
        ...

    def page(self, run_id: str, key: str, *, max_results: int, page_token: str | None = None) -> MetricPage:
        """Read a page of a history; points that are logged meanwhile neither repeat nor hide others."""
        ...


@dataclass(frozen=True)
class SeenSession:
    """A session, and when its process last showed that it lives."""

    session: Session
    seen_at_ms: int


class SessionStore(Protocol):
    """Processes, the cells that they executed, and what they ran in."""

    def open(self, session: Session) -> None: ...
    def seen(self, session_id: str, *, at_ms: int) -> None:
        """Note that a session's process lives."""
        ...

    def adopt(self, session: Session, run_id: str) -> None:
        """Make a run that another process began one of this session: it goes on here."""
        ...

    def with_open_runs(self) -> Sequence[SeenSession]:
        """Return the sessions that have runs which are not over."""
        ...

    def interrupt_runs(self, session_ids: Sequence[str], *, at_ms: int) -> Sequence[str]:
        """End, as KILLED, the open runs of sessions whose process is gone; return their ids."""
        ...

    def cells(self, run_id: str) -> Sequence[CellExecution]: ...
    def environment(self, run_id: str) -> Environment | None: ...


class LoggedModelStore(Protocol):
    """Models that runs made, or that were logged by themselves. Those of a run come with its batches."""

    def create(self, model: LoggedModel) -> None: ...
    def get(self, model_id: str) -> LoggedModel: ...
    def of_run(self, run_id: str) -> Sequence[LoggedModel]: ...
    def search(
        self, query: Query, *, experiment_ids: Sequence[str] = (), datasets: Sequence[tuple[str, str | None]] = ()
    ) -> Page[LoggedModel]: ...
    def log_params(self, model_id: str, params: Mapping[str, str]) -> None: ...
    def set_tags(self, model_id: str, tags: Mapping[str, str]) -> None: ...
    def delete_tag(self, model_id: str, key: str) -> None: ...
    def set_status(self, model_id: str, status: ModelStatus, *, at_ms: int) -> None: ...
    def delete(self, model_id: str) -> None: ...


class RegistryStore(Protocol):
    """Registered models by name, and their versions, counted from 1. A number is never given twice.

    ``create_version`` makes the registered model at its first version.
    """

    def create(self, name: str, *, at_ms: int, tags: Mapping[str, str] = {}, description: str = "") -> None: ...
    def get(self, name: str) -> RegisteredModel: ...
    def list(self) -> Sequence[RegisteredModel]: ...
    def search(self, query: Query) -> Page[RegisteredModel]: ...
    def rename(self, name: str, new_name: str, *, at_ms: int) -> None: ...
    def describe(self, name: str, description: str, *, at_ms: int) -> None: ...
    def delete(self, name: str) -> None: ...
    def set_tags(self, name: str, tags: Mapping[str, str], *, at_ms: int) -> None: ...
    def delete_tag(self, name: str, key: str, *, at_ms: int) -> None: ...
    def set_alias(self, name: str, alias: str, version: str, *, at_ms: int, tags: Mapping[str, str] = {}) -> None:
        """Point an alias to a version, away from the one that it pointed to; the version's ``tags`` say more of it."""
        ...

    def delete_alias(self, name: str, alias: str, *, at_ms: int) -> None: ...

    def create_version(self, new: NewVersion) -> ModelVersion: ...
    def get_version(self, name: str, version: str) -> ModelVersion: ...
    def version_by_alias(self, name: str, alias: str) -> ModelVersion: ...
    def versions_of(self, source_prefix: str) -> Sequence[ModelVersion]: ...
    def search_versions(self, query: Query) -> Page[ModelVersion]: ...
    def describe_version(self, name: str, version: str, description: str, *, at_ms: int) -> None: ...
    def set_stage(self, name: str, version: str, stage: Stage, *, at_ms: int, archive_others: bool = False) -> None: ...
    def set_version_tags(self, name: str, version: str, tags: Mapping[str, str], *, at_ms: int) -> None: ...
    def delete_version_tag(self, name: str, version: str, key: str, *, at_ms: int) -> None: ...
    def delete_version(self, name: str, version: str, *, at_ms: int) -> None: ...


class PurgeStore(Protocol):
    """Deleting for good what was deleted. Artifacts are not its business: they go before what is recorded of them."""

    def find(self, *, deleted_before_ms: int) -> Sequence[Discarded]:
        """Return what was deleted before a time, runs before their experiments."""
        ...

    def claim(self, discarded: Sequence[Discarded], *, at_ms: int) -> Sequence[Discarded]:
        """Return those that are still there and still deleted; nobody can restore them any more."""
        ...

    def forget(self, discarded: Sequence[Discarded]) -> None:
        """Delete all that is recorded of what was claimed. An experiment that has runs left stays."""
        ...


@dataclass(frozen=True)
class ArtifactEntry:
    path: str
    is_dir: bool
    file_size: int | None


class ArtifactStore(Protocol):
    """Files of runs and logged models: of an owner. Paths are relative, with forward slashes; "" is the whole.

    A file appears under its name when it is whole. What is put says what was stored, with its checksum; whoever puts
    it passes that on, in a batch of the run or to ``record``, so that it is checked when it is read. Any method
    raises InvalidPath for a path that leads out, ArtifactNotFound for one where nothing is, and StoreUnavailable for
    a fault of the place.
    """

    def uri(self, owner_id: str) -> str: ...
    def default_uri(self, owner_id: str) -> str:
        """Return where the artifacts of an owner lie of whom nothing else is recorded."""
        ...

    def settle(self, run_id: str, location: str | None) -> str | None:
        """Take note of a run that is being made, in an experiment with this artifact location.

        Returns
        -------
        Where its artifacts will lie, to be recorded of it; None: in the store's own place.
        """
        ...

    def is_at_hand(self, owner_id: str) -> bool:
        """Tell whether they are known to lie in a folder of this machine, so that nobody need answer."""
        ...

    def prepare(self, owner_id: str) -> None:
        """Load what reaches their place, as far as that is known; nothing is asked."""
        ...

    def ask(self, owner_id: str) -> None:
        """Return once the place of an owner's artifacts has answered."""
        ...

    def put_bytes(self, owner_id: str, path: str, content: bytes) -> StoredFile: ...
    def put_file(self, owner_id: str, path: str, source: Path) -> StoredFile: ...
    def put_folder(self, owner_id: str, path: str, source: Path, *, is_whole: bool = False) -> Sequence[StoredFile]:
        """Copy a folder's content. A folder that is there gets the new files beside its own, or in place of them."""
        ...

    def put_stream(
        self, owner_id: str, path: str, chunks: Iterable[bytes | memoryview], *, size_bytes: int | None = None
    ) -> StoredFile:
        """Store what ``chunks`` gives; if that raises, nothing is stored. A known size helps with large files."""
        ...

    def arriving(self, owner_id: str, path: str) -> AbstractContextManager[Arrival]:
        """Give a place for a folder, which becomes ``path`` once it is whole, in place of what was there."""
        ...

    def open(self, owner_id: str, path: str, *, start: int = 0, length: int | None = None) -> ArtifactReader: ...
    def list(
        self, owner_id: str, path: str = "", *, after: str | None = None, limit: int | None = None
    ) -> Sequence[ArtifactEntry]:
        """List one folder by name, from behind the path ``after``; an owner without artifacts has an empty one."""
        ...

    def walk(self, owner_id: str, path: str = "") -> Iterator[ArtifactEntry]:
        """Give all files below a folder, or the one file of this name."""
        ...

    def local_path(self, owner_id: str, path: str) -> Path:
        """Return where a file or folder lies on this machine's disk, after downloading it if need be, and checking it.

        What is downloaded stays in a cache, from which it may go an hour later: it is to be read, not kept or changed.
        """
        ...

    def download(self, owner_id: str, path: str, folder: Path) -> Path:
        """Copy a file or folder to its own path below ``folder``, checking each file, and return that."""
        ...

    def delete(self, owner_id: str, path: str = "") -> None:
        """Delete a file or folder for good."""
        ...

    def record(self, owner_id: str, files: Sequence[StoredFile]) -> None:
        """Record what was stored, where it does not come with a batch."""
        ...


class Store(Protocol):
    """An open store. Methods raise StoreUnavailable for faults of storage, other NbtrackErrors for mistakes."""

    @property
    def uri(self) -> str: ...
    @property
    def outbox(self) -> Path:
        """The folder on this machine where processes keep what they have not delivered yet."""
        ...

    @property
    def experiments(self) -> ExperimentStore: ...
    @property
    def runs(self) -> RunStore: ...
    @property
    def metrics(self) -> MetricStore: ...
    @property
    def sessions(self) -> SessionStore: ...
    @property
    def models(self) -> LoggedModelStore: ...
    @property
    def registry(self) -> RegistryStore: ...
    @property
    def purge(self) -> PurgeStore: ...
    @property
    def artifacts(self) -> ArtifactStore: ...
    @property
    def records(self) -> RecordStore | None:
        """Runs as they are; None where somebody else, a server, gives ids and times."""
        ...

    def change_token(self) -> int:
        """Return a number that differs after another process or thread committed; cheap enough to poll."""
        ...

    def seq(self) -> int:
        """Return the change counter: that of the newest change of any run or experiment."""
        ...

    def sync(self) -> None:
        """Return when all that is committed outlasts a loss of power."""
        ...

    def is_there(self) -> bool:
        """Tell whether its place still holds it: a folder may be deleted while it is open."""
        ...

    def close(self) -> None: ...

from __future__ import annotations

import uuid
from collections.abc import Sequence
from enum import Enum

from nbtrack.entities import Batch, NewRun, Run, RunStatus
from nbtrack.entities import tags as tag_names
from nbtrack.errors import InvalidInput
from nbtrack.rest.documents import Document, Nothing, RunDocument, RunInfoDocument, run_document, run_info_document
from nbtrack.rest.messages import (
    Filter,
    Id,
    Ids,
    Int64,
    Key,
    Label,
    MaxResults,
    Message,
    OrderBy,
    PageToken,
    Tags,
    Value,
    ViewType,
    by_key,
)
from nbtrack.rest.services import Services
from nbtrack.store import DEFAULT_EXPERIMENT_ID, RunQuery
from nbtrack.tracking import random_name


class CreateRun(Message):
    """A new run; without an experiment it belongs to the default one."""

    experiment_id: Id = DEFAULT_EXPERIMENT_ID
    run_name: Label = ""
    user_id: Label = ""
    start_time: Int64 | None = None
    tags: Tags = ()


class AboutRun(Message):
    """A request about a run. ``run_uuid`` is the old name of its id."""

    run_id: Id | None = None
    run_uuid: Id | None = None

    @property
    def id(self) -> str:
        """The run's id.

        Raises
        ------
        InvalidInput
            The request has none.
        """
        found = self.run_id or self.run_uuid
        if found is None:
            raise InvalidInput("Object missing required field `run_id`.")
        return found


class NewStatus(Enum):
    """What a run's status can become."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


class UpdateRun(AboutRun):
    """What is to change of a run."""

    status: NewStatus | None = None
    end_time: Int64 | None = None
    run_name: Label = ""


class SearchRuns(Message):
    """A search among the runs of experiments."""

    experiment_ids: Ids = ()
    filter: Filter = ""
    run_view_type: ViewType = ViewType.ACTIVE_ONLY
    max_results: MaxResults = 1000
    order_by: OrderBy = ()
    page_token: PageToken = ""


class SetTag(AboutRun):
    """A tag for a run."""

    key: Key
    value: Value = ""


class DeleteTag(AboutRun):
    """The tag to delete from a run."""

    key: Key


class LogParam(AboutRun):
    """A param of a run."""

    key: Key
    value: Value = ""


class OneRun(Document):
    """A run."""

    run: RunDocument


class UpdatedRun(Document):
    """What a run is now."""

    run_info: RunInfoDocument


class FoundRuns(Document):
    """One page of runs; without a token it is the last."""

    runs: tuple[RunDocument, ...] = ()
    next_page_token: str = ""


def create_run(services: Services, request: CreateRun) -> OneRun:
    """Create a run."""
    store = services.store
    tags = by_key(request.tags, "tag")
    name = _name_of(request.run_name, tags.get(tag_names.RUN_NAME, ""))
    run_id = uuid.uuid4().hex
    experiment = store.experiments.get(request.experiment_id)
    new = NewRun(
        run_id=run_id,
        name=name,
        experiment_id=experiment.experiment_id,
        started_at_ms=services.now_ms() if request.start_time is None else request.start_time,
        user=request.user_id or tags.get(tag_names.USER, ""),
        parent_run_id=tags.get(tag_names.PARENT_RUN_ID),
        artifact_uri=services.locations.place_of_new(experiment, run_id),
        batch=Batch(tags={**tags, tag_names.RUN_NAME: name}),
    )
    store.runs.create([new])
    return OneRun(run=_documents(services, [store.runs.get(run_id)])[0])


def get_run(services: Services, request: AboutRun) -> OneRun:
    """Read a run."""
    return OneRun(run=_documents(services, [services.store.runs.get(request.id)])[0])


def update_run(services: Services, request: UpdateRun) -> UpdatedRun:
    """Rename a run, or change its status and its end."""
    runs = services.store.runs
    before = runs.get(request.id).info
    status = before.status if request.status is None else RunStatus(request.status.value)
    changes = request.status is not None or request.end_time is not None
    batch = Batch(
        tags={tag_names.RUN_NAME: request.run_name} if request.run_name else {},
        status=status if changes else None,
        ended_at_ms=before.end_time if request.end_time is None else request.end_time,
    )
    if batch:
        runs.log(request.id, batch)
    info = runs.get(request.id).info
    return UpdatedRun(run_info=run_info_document(info, services.locations.of_run(info)))


def delete_run(services: Services, request: AboutRun) -> Nothing:
    """Delete a run with its children."""
    services.store.runs.delete([request.id])
    return Nothing()


def restore_run(services: Services, request: AboutRun) -> Nothing:
    """Restore a deleted run with its children."""
    services.store.runs.restore(request.id)
    return Nothing()


def search_runs(services: Services, request: SearchRuns) -> FoundRuns:
    """Find runs by a filter, one page at a time."""
    if not request.experiment_ids:
        return FoundRuns()
    page = services.store.runs.search(
        RunQuery(
            experiment_ids=request.experiment_ids,
            filter=request.filter,
            order_by=request.order_by,
            lifecycle=request.run_view_type.lifecycle,
            max_results=request.max_results,
            page_token=request.page_token or None,
        )
    )
    return FoundRuns(runs=_documents(services, page.runs), next_page_token=page.next_page_token or "")


def set_tag(services: Services, request: SetTag) -> Nothing:
    """Set a tag of a run."""
    services.store.runs.log(request.id, Batch(tags={request.key: request.value}))
    return Nothing()


def delete_tag(services: Services, request: DeleteTag) -> Nothing:
    """Delete a tag of a run."""
    services.store.runs.delete_tag(request.id, request.key)
    return Nothing()


def log_param(services: Services, request: LogParam) -> Nothing:
    """Log a param, which is written once."""
    services.store.runs.log(request.id, Batch(params={request.key: request.value}))
    return Nothing()


def _name_of(name: str, tag: str) -> str:
    if name and tag and name != tag:
        raise InvalidInput(
            f"The run is named twice: run_name is {name!r}, and the tag {tag_names.RUN_NAME} is {tag!r}. Send one."
        )
    return name or tag or random_name()


def _documents(services: Services, runs: Sequence[Run]) -> tuple[RunDocument, ...]:
    latest = services.store.metrics.latest([run.info.run_id for run in runs if run.data.metrics])
    return tuple(
        run_document(run, latest.get(run.info.run_id, ()), services.locations.of_run(run.info)) for run in runs
    )

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from nbtrack.errors import InvalidInput, RunNotFound
from nbtrack.rest.documents import Document, MetricDocument, metric_document
from nbtrack.rest.messages import Id, Int64, Key, Message, PageToken
from nbtrack.rest.resources.runs import AboutRun
from nbtrack.rest.services import Services

MAX_PAGE = 25_000
MAX_RUNS = 100
MAX_POINTS = 2500


class GetHistory(AboutRun):
    """One page of a metric's history."""

    metric_key: Key
    max_results: Annotated[int, Meta(ge=1, le=1_000_000)] = MAX_PAGE
    page_token: PageToken = ""


class GetHistories(Message):
    """The histories of one metric in several runs."""

    run_id: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=MAX_RUNS)]
    metric_key: Key
    max_results: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = MAX_PAGE


class GetIntervals(Message):
    """The histories of one metric in several runs, thinned out."""

    run_ids: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=MAX_RUNS)]
    metric_key: Key
    start_step: Int64 | None = None
    end_step: Int64 | None = None
    max_results: Annotated[int, Meta(ge=1, le=MAX_POINTS)] = MAX_POINTS


class History(Document):
    """Points by step, then time; without a token it is the last page."""

    metrics: tuple[MetricDocument, ...] = ()
    next_page_token: str = ""


def get_history(services: Services, request: GetHistory) -> History:
    """Read one page of a metric's history; of an unknown run or metric there is none."""
    try:
        page = services.store.metrics.page(
            request.id,
            request.metric_key,
            max_results=min(request.max_results, MAX_PAGE),
            page_token=request.page_token or None,
        )
    except RunNotFound:
        return History()
    return History(metrics=tuple(map(metric_document, page.points)), next_page_token=page.next_page_token or "")


def get_histories(services: Services, request: GetHistories) -> History:
    """Read the histories of one metric in several runs."""
    points: list[MetricDocument] = []
    for run_id in request.run_id:
        room = request.max_results - len(points)
        if room <= 0:
            break
        page = services.store.metrics.page(run_id, request.metric_key, max_results=room)
        points += [metric_document(point, run_id=run_id) for point in page.points]
    return History(metrics=tuple(points))


def get_intervals(services: Services, request: GetIntervals) -> History:
    """Read the histories of one metric in several runs, each thinned out to its share of the points."""
    if (request.start_step is None) != (request.end_step is None):
        raise InvalidInput("Send 'start_step' and 'end_step' together, or neither.")
    if request.start_step is not None and request.end_step is not None and request.start_step > request.end_step:
        raise InvalidInput(f"'start_step' {request.start_step} is above 'end_step' {request.end_step}.")
    share = max(request.max_results // len(request.run_ids), 4)
    points = [
        metric_document(point, run_id=run_id)
        for run_id in request.run_ids
        for point in services.store.metrics.history(
            run_id,
            request.metric_key,
            max_points=share,
            start_step=request.start_step,
            end_step=request.end_step,
        ).points
    ]
    return History(metrics=tuple(points))

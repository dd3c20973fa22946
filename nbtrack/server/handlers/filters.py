"""Lists of runs, whole or filtered, and what a filter may go on with."""

from __future__ import annotations

from nbtrack.server.documents import Document, run_row
from nbtrack.server.requests import CompleteFilter, ListRuns
from nbtrack.server.services import Services
from nbtrack.store import RunSummaries, complete_filter, misspellings
from nbtrack.store.filters import filter_of, is_words, named_metrics, parse_filter, quoted

MAX_PAGE = 2000
IDS_AT_ONCE = 200
"""So many fit into one filter."""


def list_runs(services: Services, request: ListRuns) -> Document:
    """List one page of active runs, newest first, or every run that changed after ``since``.

    With a filter, a page has what matches, and the first says how the text was read, which metrics it names and what
    may be misspelt; of the runs that changed, ``matching`` are the ids of those that match.
    """
    filter_text = filter_of(request.filter)
    parse_filter(filter_text)
    if request.since is not None:
        return _changed_runs(services, request.since, filter_text, request.experiment)
    page = services.store.runs.summaries(
        experiment_id=request.experiment,
        filter_text=filter_text,
        limit=min(max(request.limit, 1), MAX_PAGE),
        cursor=request.cursor,
    )
    document = _document(page)
    if filter_text and request.cursor is None:
        document["isWords"] = is_words(request.filter)
        document["metrics"] = named_metrics(filter_text)
        document["hints"] = [] if page.runs else _hints(services, filter_text)
    return document


def complete_written(services: Services, request: CompleteFilter) -> Document:
    """Tell what can stand at the end of a text; options replace it from ``start``."""
    found = complete_filter(request.text, services.store.runs, experiment_id=request.experiment)
    options = [{"text": option.text, "kind": option.kind, "detail": option.detail} for option in found.options]
    return {"start": found.start, "options": options}


def _changed_runs(services: Services, since: int, filter_text: str, experiment_id: str | None) -> Document:
    runs = services.store.runs
    page = runs.summaries_since(since)
    document = _document(page)
    if filter_text:
        ids = [run.run_id for run in page.runs]
        matching: list[str] = []
        for start in range(0, len(ids), IDS_AT_ONCE):
            some = ", ".join(map(quoted, ids[start : start + IDS_AT_ONCE]))
            found = runs.summaries(
                experiment_id=experiment_id,
                filter_text=f"({filter_text}) and attributes.run_id IN ({some})",
                limit=IDS_AT_ONCE,
            )
            matching += [run.run_id for run in found.runs]
        document["matching"] = matching
    return document


def _document(page: RunSummaries) -> Document:
    return {"runs": [run_row(run) for run in page.runs], "cursor": page.cursor, "seq": page.seq}


def _hints(services: Services, filter_text: str) -> list[Document]:
    return [
        {
            "message": str(found),
            "position": found.position,
            "length": found.length,
            "suggestion": found.suggestion,
        }
        for found in misspellings(filter_text, services.store.runs.keys())
    ]

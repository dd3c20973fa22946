"""Finding runs and experiments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nbtrack.entities import Experiment, PagedList, Run
from nbtrack.errors import InvalidInput
from nbtrack.store import Query, RunQuery, RunTable, misspelt_keys
from nbtrack.tracking import log
from nbtrack.tracking.notices import tell
from nbtrack.tracking.workspace import current_experiment_id, current_store, experiment_named

if TYPE_CHECKING:
    import pandas as pd

MAX_RESULTS = 100_000
_LIFECYCLES = {1: "active", 2: "deleted", 3: None, "ACTIVE_ONLY": "active", "DELETED_ONLY": "deleted", "ALL": None}


def find_runs(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    run_view_type: int | str = 1,
    max_results: int = MAX_RESULTS,
    order_by: Sequence[str] | None = None,
    experiment_names: Sequence[str] | None = None,
    search_all_experiments: bool = False,
) -> list[Run]:
    """Find runs, newest first unless ``order_by`` says otherwise; see ``search_runs``."""
    places = _experiments(experiment_ids, experiment_names, search_all_experiments)
    token, found = None, list[Run]()
    while len(found) < max_results or not found:
        page = find_page(places, filter_string, run_view_type, max_results - len(found), order_by, token)
        found += page
        if (token := page.token) is None:
            break
    return found


def find_page(
    experiment_ids: Sequence[str],
    filter_string: str,
    run_view_type: int | str,
    max_results: int,
    order_by: Sequence[str] | None,
    page_token: str | None,
) -> PagedList[Run]:
    """Find one page of runs, in all experiments if none are given.

    Raises
    ------
    InvalidInput
        ``page_token`` is none, or one of another search.
    """
    log.flush()
    query = _query(experiment_ids, filter_string, run_view_type, max_results, order_by)
    page = current_store().runs.search(replace(query, page_token=page_token))
    if page_token is None:
        _hint(query, is_empty=not page.runs)
    return PagedList(page.runs, page.next_page_token)


def search_runs(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    run_view_type: int | str = 1,
    max_results: int = MAX_RESULTS,
    order_by: Sequence[str] | None = None,
    output_format: str = "pandas",
    search_all_experiments: bool = False,
    experiment_names: Sequence[str] | None = None,
) -> pd.DataFrame | list[Run]:
    """Find runs as a DataFrame (or, with ``output_format="list"``, as a list).

    Parameters
    ----------
    filter_string
        Comparisons of metrics, params, tags and attributes joined by ``and``, such as
        ``metrics.rmse < 1 and params.model = "tree"``.
    order_by
        Fields, each with an optional ASC or DESC, such as ``["metrics.rmse DESC"]``. Runs without the field come last.
    experiment_ids, experiment_names
        Where to look; default: the experiment of ``set_experiment``.

    Returns
    -------
    pandas.DataFrame
        One row a run: ``run_id``, ``experiment_id``, ``run_name``, ``status``, ``artifact_uri``, ``start_time`` and
        ``end_time`` (UTC), then ``metrics.KEY``, ``params.KEY`` and ``tags.KEY``.

    Raises
    ------
    InvalidFilter
        With the place of the mistake.
    """
    places = _experiments(experiment_ids, experiment_names, search_all_experiments)
    if output_format == "list":
        return find_runs(places, filter_string, run_view_type, max_results, order_by, (), not places)
    if output_format != "pandas":
        raise InvalidInput(f"output_format is 'pandas' or 'list', not {output_format!r}.")
    log.flush()
    query = _query(places, filter_string, run_view_type, max_results, order_by)
    found = current_store().runs.table(query)
    _hint(query, is_empty=not found.run_ids)
    return frame_of(found)


def frame_of(found: RunTable) -> pd.DataFrame:
    """Lay runs out as a DataFrame, one row each; what a run has not is NaN (metrics) or None (params, tags)."""
    import pandas as pd

    columns: dict[str, Any] = {
        "run_id": found.run_ids,
        "experiment_id": found.experiment_ids,
        "run_name": found.names,
        "status": found.statuses,
        "artifact_uri": found.artifact_uris,
        "start_time": _times(found.start_times),
        "end_time": _times(found.end_times),
    }
    for prefix, logged in (("metrics", found.metrics), ("params", found.params), ("tags", found.tags)):
        columns |= {f"{prefix}.{key}": values for key, values in logged.items()}
    frame: pd.DataFrame = pd.DataFrame(columns)
    return frame


def _hint(query: RunQuery, *, is_empty: bool) -> None:
    """Tell of keys that no run has where that explains what was found: nothing, or an order that is none."""
    if query.order_by or (query.filter and is_empty):
        for message in misspelt_keys(query, current_store().runs.keys()):
            tell(message)


def _times(at_ms: Sequence[int | None]) -> pd.DatetimeIndex:
    import numpy as np
    import pandas as pd

    not_a_time = np.iinfo(np.int64).min
    moments = np.array([not_a_time if at is None else at for at in at_ms], np.int64)
    return pd.DatetimeIndex(moments.view("datetime64[ms]"), tz="UTC")


def _query(
    experiment_ids: Sequence[str],
    filter_string: str,
    run_view_type: int | str,
    max_results: int,
    order_by: Sequence[str] | None,
) -> RunQuery:
    return RunQuery(
        experiment_ids=tuple(experiment_ids),
        filter=filter_string,
        order_by=tuple(order_by or ()),
        lifecycle=_lifecycle(run_view_type),
        max_results=max_results,
    )


def search_experiments(
    view_type: int | str = 1,
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: Sequence[str] | None = None,
    page_token: str | None = None,
) -> PagedList[Experiment]:
    """Find experiments, the last changed first unless ``order_by`` says otherwise.

    Parameters
    ----------
    filter_string
        Such as ``name LIKE 'wine%' and tags.team = "red"``.
    max_results
        Default: as many as there are. The answer's ``token`` asks for the next page.
    """
    query = Query(filter_string or "", tuple(order_by or ()), max_results or MAX_RESULTS, page_token)
    page = current_store().experiments.search(query, lifecycle=_lifecycle(view_type))
    return PagedList(page.items, page.next_page_token)


def get_run(run_id: str) -> Run:
    """Return a run as the store has it.

    Raises
    ------
    RunNotFound
    """
    log.flush()
    return current_store().runs.get(run_id)


def _lifecycle(view_type: int | str) -> str | None:
    if view_type not in _LIFECYCLES:
        raise InvalidInput(f"There is no view type {view_type!r}; there are ACTIVE_ONLY, DELETED_ONLY and ALL.")
    return _LIFECYCLES[view_type]


def _experiments(ids: Sequence[str] | None, names: Sequence[str] | None, everywhere: bool) -> tuple[str, ...]:
    if everywhere:
        return ()
    if ids:
        return tuple(str(experiment_id) for experiment_id in ids)
    if names:
        return tuple(experiment_named(name).experiment_id for name in names)
    return (current_experiment_id(),)

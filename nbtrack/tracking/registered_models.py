"""The registry and logged models as functions of the open store; by ids, ``Client`` has more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from nbtrack.entities import LoggedModel, ModelVersion, PagedList, RegisteredModel
from nbtrack.errors import InvalidInput
from nbtrack.store import quoted
from nbtrack.tracking.active_model import ActiveModel, get_active_model_id
from nbtrack.tracking.client import Client
from nbtrack.tracking.opened import active_run
from nbtrack.tracking.workspace import current_experiment_id

if TYPE_CHECKING:
    import pandas as pd

Item = TypeVar("Item")
EXTERNAL_TAG = "mlflow.model.isExternal"
"""Marks models whose files lie elsewhere."""
PAGE = 1000


def search_registered_models(
    max_results: int | None = None, filter_string: str | None = None, order_by: Sequence[str] | None = None
) -> list[RegisteredModel]:
    """Find registered models, such as those with ``name LIKE 'churn%' and tags.team = 'a'``; all without a limit."""
    client = Client()
    return _all(lambda size, token: client.search_registered_models(filter_string, size, order_by, token), max_results)


def search_model_versions(
    max_results: int | None = None, filter_string: str | None = None, order_by: Sequence[str] | None = None
) -> list[ModelVersion]:
    """Find versions, such as those with ``name = 'churn' and tags.checked = 'yes'``; all without a limit."""
    client = Client()
    return _all(lambda size, token: client.search_model_versions(filter_string, size, order_by, token), max_results)


def set_registered_model_alias(name: str, alias: str, version: str | int) -> None:
    """Point ``models:/NAME@ALIAS`` to a version; ``nbtrack.promote`` does so if it is good enough."""
    Client().set_registered_model_alias(name, alias, version)


def delete_registered_model_alias(name: str, alias: str) -> None:
    Client().delete_registered_model_alias(name, alias)


def set_model_version_tag(name: str, version: str | int, key: str, value: Any) -> None:
    Client().set_model_version_tag(name, version, key, value)


def initialize_logged_model(
    name: str | None = None,
    source_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    model_type: str | None = None,
    experiment_id: str | None = None,
) -> LoggedModel:
    """Begin a logged model, which is PENDING until ``finalize_logged_model``.

    Parameters
    ----------
    source_run_id
        The run that makes it. Default: the active run, if there is one.
    experiment_id
        Default: that of ``set_experiment``.
    """
    run = active_run()
    return Client().create_logged_model(
        experiment_id or current_experiment_id(),
        name,
        source_run_id or (run.info.run_id if run is not None else None),
        tags or {},
        params or {},
        model_type,
    )


def create_external_model(
    name: str | None = None,
    source_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    model_type: str | None = None,
    experiment_id: str | None = None,
) -> LoggedModel:
    """Make a logged model whose files lie elsewhere, to measure it here; see ``initialize_logged_model``."""
    tags = {**(tags or {}), EXTERNAL_TAG: "true"}
    made = initialize_logged_model(name, source_run_id, tags, params, model_type, experiment_id)
    return finalize_logged_model(made.model_id, "READY")


def finalize_logged_model(model_id: str, status: str) -> LoggedModel:
    """Say how it went: READY or FAILED."""
    return Client().finalize_logged_model(model_id, status)


def get_logged_model(model_id: str) -> LoggedModel:
    return Client().get_logged_model(model_id)


def last_logged_model() -> LoggedModel | None:
    """Return the newest logged model of the experiment of ``set_experiment``, or None."""
    return next(iter(Client().search_logged_models([current_experiment_id()], max_results=1)), None)


def set_active_model(*, name: str | None = None, model_id: str | None = None) -> ActiveModel:
    """Let metrics that are logged from now on, in this thread, belong to a logged model where they name none.

    >>> with nbtrack.set_active_model(name="tuned-by-hand"):  # doctest: +SKIP
    ...     nbtrack.log_metric("accuracy", 0.9)

    Parameters
    ----------
    name
        The newest logged model of this name in the experiment of ``set_experiment``; made if there is none, as one
        whose files lie elsewhere.
    model_id
        Or the logged model itself.

    Returns
    -------
    ActiveModel
        The logged model. As a ``with`` block, it is active only there; else until another is, or
        ``clear_active_model``.

    Raises
    ------
    ModelNotFound
        There is no model of this id.
    InvalidInput
        Neither is given, or the model of this id has another name.
    """
    if model_id is not None:
        model = get_logged_model(model_id)
        if name not in (None, model.name):
            raise InvalidInput(f"The logged model {model_id} is called {model.name!r}, not {name!r}. Give one of them.")
    elif name is not None:
        found = Client().search_logged_models([current_experiment_id()], f"name = {quoted(name)}", max_results=1)
        model = next(iter(found), None) or create_external_model(name)
    else:
        raise InvalidInput("set_active_model() takes the name or the model_id of a logged model.")
    return ActiveModel.activate(model)


def log_model_params(params: Mapping[str, Any], model_id: str | None = None) -> None:
    """Log params of a logged model; default: of the active one.

    Raises
    ------
    InvalidInput
        There is no active model.
    """
    model_id = model_id or get_active_model_id()
    if model_id is None:
        raise InvalidInput("Say whose params these are: model_id=..., or call set_active_model() first.")
    Client().log_model_params(model_id, params)


def set_logged_model_tags(model_id: str, tags: Mapping[str, Any]) -> None:
    Client().set_logged_model_tags(model_id, tags)


def delete_logged_model_tag(model_id: str, key: str) -> None:
    Client().delete_logged_model_tag(model_id, key)


def search_logged_models(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str | None = None,
    datasets: Sequence[Mapping[str, str]] | None = None,
    max_results: int | None = None,
    order_by: Sequence[Mapping[str, Any]] | None = None,
    output_format: Literal["pandas", "list"] = "pandas",
) -> pd.DataFrame | list[LoggedModel]:
    """Find logged models, as ``Client.search_logged_models`` does; all without a limit.

    Parameters
    ----------
    experiment_ids
        Default: the experiment of ``set_experiment``.
    output_format
        'pandas': a DataFrame with a row for each model; 'list': ``LoggedModel``s.
    """
    client, ids = Client(), [current_experiment_id()] if experiment_ids is None else experiment_ids
    found = _all(
        lambda size, token: client.search_logged_models(ids, filter_string, datasets, size, order_by, token),
        max_results,
    )
    return found if output_format == "list" else _frame(found)


def _frame(models: Sequence[LoggedModel]) -> pd.DataFrame:
    import pandas as pd

    columns = ("model_id", "name", "experiment_id", "source_run_id", "model_type", "status", "model_uri", "flavor")
    times = ("creation_timestamp", "last_updated_timestamp")
    values = ("params", "tags", "metrics")
    rows = [[getattr(model, column) for column in (*columns, *times, *values)] for model in models]
    return pd.DataFrame(rows, columns=[*columns, *times, *values])


def _all(page_of: Callable[[int, str | None], PagedList[Item]], max_results: int | None) -> list[Item]:
    return list(islice(_through(page_of, PAGE if max_results is None else min(max_results, PAGE)), max_results))


def _through(page_of: Callable[[int, str | None], PagedList[Item]], size: int) -> Iterator[Item]:
    page = page_of(size, None)
    yield from page
    while page.token:
        page = page_of(size, page.token)
        yield from page

"""Every route of the REST API. What is not in this table does not exist."""

from __future__ import annotations

import functools
import re
import typing
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec

from nbtrack.rest.messages import Empty, Message
from nbtrack.rest.openapi import openapi_document
from nbtrack.rest.resources import (
    artifacts,
    batches,
    experiments,
    logged_models,
    metrics,
    model_versions,
    multipart,
    registered_models,
    runs,
)
from nbtrack.rest.services import Services

AJAX = "/ajax-api/2.0"
"""Where MLflow's pages ask for the same."""
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True)
class Route:
    """One route: ``path`` has ``{name}`` for one part of the path, and ``{name:path}`` for the rest of it.

    The handler takes services and a request, whose type it declares; it runs in a thread, and answers the document
    that it declares.
    """

    method: Method
    path: str
    handler: Callable[..., Any]
    is_upload: bool = False
    """Whether the handler takes the body as it comes, too: an iterator of bytes."""
    asks_caller: bool = False
    """Whether the handler takes the client, too, as a `Caller`."""

    @functools.cached_property
    def request(self) -> type[msgspec.Struct]:
        """The type of request that the handler takes."""
        return typing.cast("type[msgspec.Struct]", _hints(self.handler)["request"])

    @functools.cached_property
    def answer(self) -> type[Any]:
        """The type that the handler answers."""
        return typing.cast("type[Any]", _hints(self.handler)["return"])

    @functools.cached_property
    def lists(self) -> frozenset[str]:
        """Names of the request's fields that a query repeats."""
        fields = typing.get_type_hints(self.request)
        return frozenset(name for name, kind in fields.items() if typing.get_origin(kind) is tuple)

    @property
    def has_body(self) -> bool:
        """Whether the request is JSON."""
        return self.method != "GET" and not self.is_upload


def _hints(handler: Callable[..., Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(handler)
    hints["request"] = next(kind for kind in hints.values() if isinstance(kind, type) and issubclass(kind, Message))
    return hints


class Router:
    """Finds the route of a request."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self._fixed: dict[str, dict[str, Route]] = {}
        self._patterns: dict[re.Pattern[str], dict[str, Route]] = {}
        for route in routes:
            if "{" in route.path:
                self._patterns.setdefault(_regex(route.path), {})[route.method] = route
            else:
                self._fixed.setdefault(route.path, {})[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route | None, dict[str, str], bool]:
        """Return the route, what the path's parts hold, and whether there is something at the path at all."""
        fixed = self._fixed.get(path)
        if fixed is not None:
            return fixed.get(method), {}, True
        for pattern, methods in self._patterns.items():
            found = pattern.fullmatch(path)
            if found:
                return methods.get(method), found.groupdict(), True
        return None, {}, False


_PART, _REST = r"[^/\x00]{1,256}", r"[^\x00]{1,4096}"


def _regex(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)(:path)?\}", lambda name: f"(?P<{name[1]}>{_REST if name[2] else _PART})", path))


def read_openapi(_services: Services, _request: Empty) -> dict[str, Any]:
    """Describe this API."""
    return openapi_document(route for route in ROUTES if not route.path.startswith(AJAX))


_MLFLOW = (
    Route("GET", "/openapi.json", read_openapi),
    Route("POST", "/experiments/create", experiments.create_experiment),
    Route("GET", "/experiments/get", experiments.get_experiment),
    Route("GET", "/experiments/get-by-name", experiments.get_experiment_by_name),
    Route("GET", "/experiments/search", experiments.search_experiments),
    Route("POST", "/experiments/search", experiments.search_experiments),
    Route("POST", "/experiments/update", experiments.update_experiment),
    Route("POST", "/experiments/delete", experiments.delete_experiment),
    Route("POST", "/experiments/restore", experiments.restore_experiment),
    Route("POST", "/experiments/set-experiment-tag", experiments.set_experiment_tag),
    Route("POST", "/experiments/delete-experiment-tag", experiments.delete_experiment_tag),
    Route("POST", "/runs/create", runs.create_run),
    Route("GET", "/runs/get", runs.get_run),
    Route("POST", "/runs/update", runs.update_run),
    Route("POST", "/runs/delete", runs.delete_run),
    Route("POST", "/runs/restore", runs.restore_run),
    Route("POST", "/runs/search", runs.search_runs),
    Route("POST", "/runs/set-tag", runs.set_tag),
    Route("POST", "/runs/delete-tag", runs.delete_tag),
    Route("POST", "/runs/log-parameter", runs.log_param),
    Route("POST", "/runs/log-metric", batches.log_metric),
    Route("POST", "/runs/log-batch", batches.log_batch),
    Route("POST", "/runs/log-inputs", batches.log_inputs),
    Route("POST", "/runs/outputs", batches.log_outputs),
    Route("POST", "/runs/log-model", batches.log_model),
    Route("GET", "/metrics/get-history", metrics.get_history),
    Route("GET", "/metrics/get-history-bulk", metrics.get_histories),
    Route("GET", "/metrics/get-history-bulk-interval", metrics.get_intervals),
    Route("GET", "/artifacts/list", artifacts.list_artifacts),
    Route("POST", "/upload-artifact", artifacts.upload_artifact, is_upload=True),
    Route("POST", "/logged-models", logged_models.create_logged_model),
    Route("POST", "/logged-models/search", logged_models.search_logged_models),
    Route("GET", "/logged-models/{model_id}", logged_models.get_logged_model),
    Route("PATCH", "/logged-models/{model_id}", logged_models.finalize_logged_model),
    Route("DELETE", "/logged-models/{model_id}", logged_models.delete_logged_model),
    Route("GET", "/logged-models/{model_id}/artifacts/directories", artifacts.list_model_artifacts),
    Route("POST", "/logged-models/{model_id}/params", logged_models.log_model_params),
    Route("PATCH", "/logged-models/{model_id}/tags", logged_models.set_model_tags),
    Route("DELETE", "/logged-models/{model_id}/tags/{tag_key}", logged_models.delete_model_tag),
    Route("POST", "/registered-models/create", registered_models.create_registered_model),
    Route("GET", "/registered-models/get", registered_models.get_registered_model),
    Route("GET", "/registered-models/search", registered_models.search_registered_models),
    Route("POST", "/registered-models/rename", registered_models.rename_registered_model),
    Route("PATCH", "/registered-models/update", registered_models.update_registered_model),
    Route("DELETE", "/registered-models/delete", registered_models.delete_registered_model),
    Route("POST", "/registered-models/set-tag", registered_models.set_registered_model_tag),
    Route("DELETE", "/registered-models/delete-tag", registered_models.delete_registered_model_tag),
    Route("GET", "/registered-models/get-latest-versions", registered_models.get_latest_versions),
    Route("POST", "/registered-models/get-latest-versions", registered_models.get_latest_versions),
    Route("POST", "/registered-models/alias", registered_models.set_alias),
    Route("GET", "/registered-models/alias", registered_models.get_by_alias),
    Route("DELETE", "/registered-models/alias", registered_models.delete_alias),
    Route("POST", "/model-versions/create", model_versions.create_version),
    Route("GET", "/model-versions/get", model_versions.get_version),
    Route("GET", "/model-versions/search", model_versions.search_versions),
    Route("GET", "/model-versions/get-download-uri", model_versions.get_download_uri),
    Route("PATCH", "/model-versions/update", model_versions.update_version),
    Route("DELETE", "/model-versions/delete", model_versions.delete_version),
    Route("POST", "/model-versions/transition-stage", model_versions.transition_stage),
    Route("POST", "/model-versions/set-tag", model_versions.set_version_tag),
    Route("DELETE", "/model-versions/delete-tag", model_versions.delete_version_tag),
)
_PROXY = (
    Route("GET", "/artifacts", artifacts.list_at_proxy),
    Route("GET", "/artifacts/{path:path}", artifacts.download),
    Route("PUT", "/artifacts/{path:path}", artifacts.upload, is_upload=True),
    Route("DELETE", "/artifacts/{path:path}", artifacts.delete),
    Route("POST", "/mpu/create/{folder:path}", multipart.create_multipart_upload, asks_caller=True),
    Route("PUT", "/mpu/part/{upload_id}/{part_number}", multipart.upload_part, is_upload=True),
    Route("POST", "/mpu/complete/{folder:path}", multipart.complete_multipart_upload),
    Route("POST", "/mpu/abort/{folder:path}", multipart.abort_multipart_upload),
)
_PAGES = (
    Route("GET", "/get-artifact", artifacts.get_artifact),
    Route("GET", "/model-versions/get-artifact", artifacts.get_version_artifact),
)
_PLACES = (
    ("/api/2.0/mlflow", _MLFLOW),
    ("/api/2.0/mlflow-artifacts", _PROXY),
    (f"{AJAX}/mlflow", _MLFLOW),
    (f"{AJAX}/mlflow-artifacts", _PROXY),
    ("", _PAGES),
)
ROUTES = tuple(replace(route, path=place + route.path) for place, routes in _PLACES for route in routes)

"""Every route of ``/nbtrack/api``. What is not in this table does not exist."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from nbtrack.server.handlers import artifacts, deployments, evaluations, experiments, filters, models, runs
from nbtrack.server.requests import (
    AtPath,
    ById,
    CompareRuns,
    CompleteFilter,
    Create,
    Deploy,
    EndRun,
    EvaluateFile,
    ListRuns,
    ModelUri,
    Nothing,
    OneVersion,
    ReadHistory,
    RegisterModel,
    Rename,
)


@dataclass(frozen=True)
class Route:
    """One route: ``pattern`` has ``{id}`` for one part of the path. The handler runs in a thread.

    A handler answers a document, an `ArtifactFile`, or None for "done" (204). Every route needs an authenticated
    user who may ``read`` (GET) or ``write`` (others) the resource "nbtrack".
    """

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    pattern: str
    handler: Callable[..., Any]
    request: type


ROUTES = (
    Route("GET", "store", experiments.read_store, Nothing),
    Route("GET", "experiments", experiments.list_experiments, Nothing),
    Route("POST", "experiments", experiments.create_experiment, Create),
    Route("PATCH", "experiments/{id}", experiments.rename_experiment, Rename),
    Route("DELETE", "experiments/{id}", experiments.delete_experiment, ById),
    Route("POST", "experiments/{id}/restore", experiments.restore_experiment, ById),
    Route("GET", "runs", filters.list_runs, ListRuns),
    Route("GET", "completions", filters.complete_written, CompleteFilter),
    Route("GET", "runs/{id}", runs.read_run, ById),
    Route("PATCH", "runs/{id}", runs.rename_run, Rename),
    Route("DELETE", "runs/{id}", runs.delete_run, ById),
    Route("POST", "runs/{id}/restore", runs.restore_run, ById),
    Route("POST", "runs/{id}/end", runs.end_run, EndRun),
    Route("GET", "runs/{id}/history", runs.read_history, ReadHistory),
    Route("GET", "runs/{id}/artifacts", artifacts.list_artifacts, AtPath),
    Route("GET", "runs/{id}/artifact", artifacts.read_artifact, AtPath),
    Route("POST", "runs/{id}/evaluate", evaluations.evaluate_file, EvaluateFile),
    Route("GET", "compare", runs.compare_runs, CompareRuns),
    Route("GET", "models", models.list_models, Nothing),
    Route("GET", "models/{id}", models.read_version, OneVersion),
    Route("GET", "models/{id}/promotions", models.list_promotions, ById),
    Route("GET", "model", models.read_model, ModelUri),
    Route("POST", "models", models.register_model, RegisterModel),
    Route("GET", "deployments", deployments.list_deployments, Nothing),
    Route("POST", "deployments", deployments.deploy, Deploy),
    Route("POST", "deployments/{id}/stop", deployments.stop_deployment, ById),
    Route("DELETE", "deployments/{id}", deployments.forget_deployment, ById),
    Route("GET", "deployments/{id}/log", deployments.read_deployment_log, ById),
    Route("GET", "evaluations/{id}", evaluations.read_evaluation, ById),
)

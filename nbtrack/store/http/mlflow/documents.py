"""Runs in the server's answers, as the words of nbtrack."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nbtrack.entities import (
    Lifecycle,
    Metric,
    ModelOutput,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOrigin,
    RunOutputs,
    RunStatus,
    RunSummary,
)
from nbtrack.entities import tags as tag_names
from nbtrack.errors import StoreUnavailable
from nbtrack.store.http.mlflow import tags
from nbtrack.store.http.mlflow.api import Document, listed
from nbtrack.store.http.mlflow.datasets import dataset_input
from nbtrack.store.http.mlflow.run_ids import RunIds

OWN = "nbtrack"
"""What nbtrack itself says of a model, in the description of its flavor."""
_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@dataclass(frozen=True)
class ServerRun:
    """A run, and beside it what its tags say that only nbtrack reads."""

    server_run_id: str
    run: Run
    all_tags: Mapping[str, str]

    def summary(self, seq: int) -> RunSummary:
        info, found = self.run.info, self.all_tags
        return RunSummary(
            run_id=info.run_id,
            name=info.run_name,
            experiment_id=info.experiment_id,
            status=info.status,
            lifecycle=info.lifecycle_stage,
            started_at_ms=info.start_time,
            ended_at_ms=info.end_time,
            origin=_member(RunOrigin, found.get(tags.ORIGIN), RunOrigin.MANUAL),
            parent_run_id=self.run.data.tags.get(tag_names.PARENT_RUN_ID),
            group_id=found.get(tags.GROUP_ID),
            attempt=_whole(found.get(tags.ATTEMPT)) or 1,
            notebook=found.get(tags.NOTEBOOK),
            cell_id=found.get(tags.CELL_ID),
            execution_count=_whole(found.get(tags.EXECUTION_COUNT)),
            seq=seq,
            metrics=self.run.data.metrics,
            tags=self.run.data.tags,
            param_count=len(self.run.data.params),
            model_count=len(model_histories(found)) + len(self.run.outputs.model_outputs),
            dataset_count=len(self.run.inputs.dataset_inputs),
        )


def server_run(document: Document, ids: RunIds) -> ServerRun:
    """Read a run.

    Raises
    ------
    StoreUnavailable
        What the server sent is no run.
    """
    try:
        return _server_run(document, ids)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreUnavailable(f"The server sent a run that can't be read: {error!r}.") from error


def linked_models(documents: Iterable[Document]) -> Iterator[str]:
    """Give the server's ids of the models that runs used and made."""
    for document in documents:
        for part, links in (("inputs", "model_inputs"), ("outputs", "model_outputs")):
            for link in listed(document.get(part) or {}, links):
                yield str(link.get("model_id", ""))


def metric(document: Document, key: str) -> Metric:
    return Metric(key, _number(document["value"]), int(document.get("timestamp", 0)), int(document.get("step", 0)))


def model_histories(run_tags: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """Return the descriptions of the model folders among a run's artifacts, one a folder: the last."""
    try:
        histories = json.loads(run_tags.get(tags.MODELS, "[]"))
    except (ValueError, RecursionError):
        return []
    found = [entry for entry in histories if isinstance(entry, dict)] if isinstance(histories, list) else []
    return list({str(entry.get("artifact_path", "")): entry for entry in found}.values())


def _server_run(document: Document, ids: RunIds) -> ServerRun:
    info, data = document["info"], document.get("data") or {}
    inputs, outputs = document.get("inputs") or {}, document.get("outputs") or {}
    all_tags = {str(tag["key"]): str(tag.get("value", "")) for tag in listed(data, "tags")}
    server_run_id = str(info["run_id"])
    run_info = RunInfo(
        run_id=ids.shown(server_run_id, all_tags),
        run_name=str(info.get("run_name") or all_tags.get(tag_names.RUN_NAME, "")),
        experiment_id=str(info["experiment_id"]),
        status=RunStatus(info.get("status", "RUNNING")),
        start_time=int(info.get("start_time", 0)),
        end_time=int(info["end_time"]) if info.get("end_time") is not None else None,
        lifecycle_stage=Lifecycle(info.get("lifecycle_stage", "active")),
        artifact_uri=str(info.get("artifact_uri", "")),
        user_id=str(info.get("user_id", "")),
    )
    run_data = RunData(
        metrics={str(each["key"]): _number(each["value"]) for each in listed(data, "metrics")},
        params={str(param["key"]): str(param.get("value", "")) for param in listed(data, "params")},
        tags=_shown(all_tags, server_run_id),
    )
    run_inputs = RunInputs(
        tuple(map(dataset_input, listed(inputs, "dataset_inputs"))),
        tuple(ids.models.here(str(model["model_id"])) for model in listed(inputs, "model_inputs")),
    )
    run_outputs = RunOutputs(
        tuple(
            ModelOutput(ids.models.here(str(made["model_id"])), int(made.get("step", 0)))
            for made in listed(outputs, "model_outputs")
        )
    )
    return ServerRun(server_run_id, Run(run_info, run_data, run_inputs, run_outputs), all_tags)


def _shown(all_tags: Mapping[str, str], server_run_id: str) -> dict[str, str]:
    """Return the tags as the user set them, with the parent's id as nbtrack knows it."""
    shown = {key: value for key, value in all_tags.items() if key not in tags.HIDDEN}
    if tags.PARENT_RUN_ID in all_tags and tag_names.PARENT_RUN_ID in shown:
        shown[tag_names.PARENT_RUN_ID] = all_tags[tags.PARENT_RUN_ID]
    if tags.RUN_ID in all_tags:
        shown[tags.SERVER_RUN_ID] = server_run_id
    return shown


def _number(value: object) -> float:
    if isinstance(value, str):
        return _NUMBERS[value] if value in _NUMBERS else float(value)
    return float(value)  # type: ignore[arg-type]


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _member(kind: type[RunOrigin], text: str | None, default: RunOrigin) -> RunOrigin:
    return next((member for member in kind if member.value == text), default)

"""What is known of a model elsewhere than in the record of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from nbtrack.entities import LoggedModel
from nbtrack.errors import InvalidInput
from nbtrack.models import MLMODEL, parse_yaml
from nbtrack.transfer.source import SourceFile, lasting_run_id

HISTORY_TAG = "mlflow.log-model.history"
"""In it, MLflow kept the models of a run before they had ids and places of their own: as JSON."""
_MAX_DOCUMENT_BYTES = 1024 * 1024
_GENERIC = "python_function"


def described(model: LoggedModel, files: Iterable[SourceFile]) -> LoggedModel:
    """Return a model with the flavor and the size that its files tell."""
    size_bytes, flavor = 0, ""
    for file in files:
        size_bytes += file.size_bytes
        if file.path == MLMODEL:
            with file.open() as stream:
                document = parse_yaml(stream.read(_MAX_DOCUMENT_BYTES), f"{model.model_id}/{MLMODEL}")
            flavor = _native(document.get("flavors") if isinstance(document, dict) else None)
    return replace(model, flavor=flavor, size_bytes=size_bytes)


def models_in_history(text: str, run_id: str, experiment_id: str) -> Iterator[LoggedModel]:
    """Yield the models of a run that its tag names; each is a folder among the run's artifacts.

    Raises
    ------
    InvalidInput
        The tag holds something else.
    """
    try:
        entries = json.loads(text)
        for entry in {entry["artifact_path"]: entry for entry in entries}.values():
            yield _model(entry, run_id, experiment_id)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidInput(f"the tag {HISTORY_TAG} holds no models: {error!r}.") from None


def _model(entry: dict[str, Any], run_id: str, experiment_id: str) -> LoggedModel:
    path = str(entry["artifact_path"])
    at = datetime.fromisoformat(str(entry["utc_time_created"]))
    unique = str(entry.get("model_uuid") or f"{run_id}/{path}")
    return LoggedModel(
        model_id=f"m-{lasting_run_id(unique)}",
        run_id=run_id,
        path=path,
        name=path.rpartition("/")[2],
        flavor=_native(entry.get("flavors")),
        size_bytes=int(entry.get("model_size_bytes") or 0),
        created_at_ms=int(at.replace(tzinfo=timezone.utc).timestamp() * 1000),
        experiment_id=experiment_id,
    )


def _native(flavors: object) -> str:
    """Return the flavor of a model's own framework."""
    names = [str(flavor) for flavor in flavors] if isinstance(flavors, dict) else []
    return next((name for name in names if name != _GENERIC), _GENERIC if names else "")

"""Models as part of runs: saving them there, finding them by URI, registering versions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbtrack.clock import now_ms
from nbtrack.entities import Batch, LoggedModel, ModelOutput, ModelVersion
from nbtrack.errors import StoreUnavailable
from nbtrack.registry import ModelPlace, locate, logged_model_at, native_flavor, register
from nbtrack.tracking import files, log
from nbtrack.tracking.active import active_or_new_run, user_name
from nbtrack.tracking.notices import notify, tell
from nbtrack.tracking.values import texts
from nbtrack.tracking.workspace import current_experiment_id, current_store, store_of

if TYPE_CHECKING:
    from nbtrack.flavors import PyFuncModel
    from nbtrack.models import Model, ModelSignature


@dataclass(frozen=True)
class ModelInfo:
    """Where a model was logged, and what it is."""

    model_uri: str
    model_id: str
    run_id: str
    artifact_path: str
    signature: ModelSignature | None
    registered_model_version: str | None = None


@dataclass(frozen=True)
class Description:
    """What is said of a logged model beside its files; ``step`` is that of the training at which it was made."""

    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    model_type: str = ""
    step: int = 0

    def outputs(self, model_id: str) -> tuple[ModelOutput, ...]:
        """Return how the run refers to the model, where that says more than that it made it."""
        return (ModelOutput(model_id, self.step),) if self.step else ()


def log_model(
    model: Any,
    artifact_path: str = "model",
    *,
    name: str | None = None,
    run_id: str | None = None,
    registered_model_name: str | None = None,
    await_registration_for: int | None = None,  # noqa: ARG001 MLflow's callers pass it; versions are ready at once
    params: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    **options: Any,
) -> ModelInfo:
    """Save a model among the run's artifacts, in the flavor that knows it.

    Parameters
    ----------
    artifact_path
        The model's folder below the run's artifacts; ``name``, MLflow's later word for it, says the same.
    run_id
        Default: the active run, or a new one.
    registered_model_name
        Register it as the next version of this registered model.
    params, tags, model_type
        Of the logged model, by which it is found again.
    step
        Of the training at which it was made.
    options
        ``signature``, ``input_example`` and what else ``save_model`` takes.

    Raises
    ------
    NoFlavor, UnsavableModel
        The model can't be saved; the run is kept.
    """
    from nbtrack.flavors import save_model

    def save(folder: Path, identity: dict[str, Any]) -> Model:
        return save_model(model, folder, **identity, **options)

    described = Description(texts(params or {}), texts(tags or {}), model_type or "", step)
    return log_saved(
        save, name or artifact_path, run_id=run_id, registered_model_name=registered_model_name, described=described
    )


def log_saved(
    save: Callable[[Path, dict[str, Any]], Model],
    path: str,
    *,
    run_id: str | None = None,
    registered_model_name: str | None = None,
    described: Description | None = None,
) -> ModelInfo:
    """Let ``save`` write a model folder, told its identity, and record it as a model of the run."""
    described = described or Description()
    target = run_id or active_or_new_run().info.run_id
    model_id = f"m-{uuid.uuid4().hex}"
    with files.arriving(target, path) as folder:
        document = save(folder, {"run_id": target, "model_id": model_id, "artifact_path": path})
        size_bytes = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    signature = document.signature
    logged = LoggedModel(
        model_id=model_id,
        run_id=target,
        path=path,
        name=path.rpartition("/")[2],
        flavor=native_flavor(document),
        size_bytes=size_bytes,
        created_at_ms=now_ms(),
        signature=None if signature is None else str(signature),
        model_type=described.model_type,
        params=described.params,
        tags=described.tags,
    )
    log.append(target, Batch(models=(logged,), model_outputs=described.outputs(model_id)))
    version = _registered(logged.model_uri, registered_model_name, target) if registered_model_name else None
    return ModelInfo(logged.model_uri, model_id, target, path, signature, version.version if version else None)


def _registered(model_uri: str, name: str, run_id: str) -> ModelVersion | None:
    """Register a model that was just logged, if it is in its place; a store that is away is told."""
    log.flush()
    if files.is_waiting(store_of(run_id)):
        tell(
            f"{model_uri} is not registered as {name!r}, for its files are kept on this machine until their place is "
            f"back. Then call nbtrack.register_model({model_uri!r}, {name!r})."
        )
        return None
    try:
        return register_model(model_uri, name)
    except StoreUnavailable as error:
        notify(f"{model_uri} is not registered as {name!r}, and your code goes on. {error}", error)
        return None


def register_model(
    model_uri: str | Path,
    name: str,
    await_registration_for: int | None = None,  # noqa: ARG001 MLflow's callers pass it; versions are ready at once
    *,
    tags: Mapping[str, Any] | None = None,
    description: str = "",
) -> ModelVersion:
    """Register a model as the next version of ``name``, making the registered model at its first version.

    Parameters
    ----------
    model_uri
        ``runs:/RUN_ID/PATH``, ``models:/MODEL_ID``, another version, a URL such as ``s3://BUCKET/FOLDER``, or a
        folder, which is copied into the store.
    tags, description
        Of the version.

    Raises
    ------
    ModelNotFound, RunNotFound, ArtifactNotFound
        There is no model at ``model_uri``.
    """
    store = current_store()
    log.flush()  # it may just be being saved in the background
    return register(
        str(model_uri),
        name,
        store,
        at_ms=now_ms(),
        tags=texts(tags or {}),
        description=description,
        user=user_name(),
        experiment_id=current_experiment_id(),
    )


def model_place(model_uri: str | Path) -> ModelPlace:
    """Find the folder behind a model URI: a path, ``runs:/RUN_ID/PATH``, ``models:/NAME/VERSION``, ..."""
    uri = str(model_uri)
    if not uri.startswith(("runs:", "models:")):
        # A folder needs no store, and looking at one should make none.
        return locate(uri, _NO_STORE)
    store = current_store()
    log.flush()  # it may just be being saved in the background
    return locate(uri, store)


def logged_model_of(model: Any) -> str | None:
    """Return the id of the logged model that a URI, or a loaded model, is, if the open store knows it."""
    if isinstance(model, (str, Path)):
        place = model_place(model)
    else:
        metadata = getattr(model, "metadata", None)
        model_id = getattr(metadata, "model_id", None)
        if not isinstance(model_id, str):
            return None
        place = ModelPlace(Path(), "", model_id=model_id)
    return logged_model_at(place, current_store())


def load_native_model(model_uri: str | Path) -> Any:
    """Load a model as the object that was saved."""
    from nbtrack.flavors import load_model

    return load_model(model_place(model_uri).folder)


def load_pyfunc_model(model_uri: str | Path, model_config: Mapping[str, Any] | None = None) -> PyFuncModel:
    """Load a model of any flavor as something with ``predict(data, params=None)``.

    ``model_config`` takes the place of settings that the model was saved with.
    """
    from nbtrack.flavors import load_pyfunc

    return load_pyfunc(model_place(model_uri).folder, model_config)


_NO_STORE: Any = None

"""H2O: its models in the binary format of their version, in a cluster that is started when it is needed."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbtrack.errors import MalformedModel, MissingPackage, ModelError, UnsavableModel
from nbtrack.flavors.java import require_java
from nbtrack.flavors.pickling import inner_path
from nbtrack.flavors.protocol import FlavorConfig, Predictor
from nbtrack.models import read_yaml, require_trust, write_yaml

_FOLDER = "model.h2o"
_SETTINGS = "h2o.yaml"


class H2OFlavor:
    """Saves a trained estimator of H2O, or the ``leader`` of an ``H2OAutoML``.

    Parameters
    ----------
    settings
        What is kept beside the model; ``{"init": {...}}`` are arguments of ``h2o.init`` for those who load it and
        are not connected to a cluster yet.
    """

    name = "h2o"

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        self._settings = dict(settings or {})

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        import h2o

        folder = directory / _FOLDER
        folder.mkdir()
        file = _write(model, folder)
        write_yaml(folder / _SETTINGS, {**self._settings, "model_file": file})
        section = {"h2o_version": h2o.__version__, "data": _FOLDER, "code": None}
        pyfunc = {"loader_module": "mlflow.h2o", "data": _FOLDER}
        return FlavorConfig(section, pyfunc, frozenset({"h2o", "numpy", "pandas"}))

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        import h2o

        # The JVM makes objects of whatever class the file names, and the settings go to who starts it.
        require_trust(directory, "an H2O model, of which Java makes objects")
        saved = config.section.get("h2o_version")
        if saved not in (None, h2o.__version__):
            raise MissingPackage(
                f"h2o=={saved}", "This model, which only the H2O that wrote it reads,", f"h2o=={saved}"
            )
        folder = str(config.section.get("data") or _FOLDER)
        settings = read_yaml(inner_path(directory, f"{folder}/{_SETTINGS}"))
        if not isinstance(settings, dict) or not isinstance(settings.get("init") or {}, dict):
            raise MalformedModel(f"{_SETTINGS} of {directory} is no mapping of H2O's settings.")
        path = inner_path(directory, f"{folder}/{settings.get('model_file')}")
        connect(settings.get("init") or {})
        try:
            return h2o.upload_model(str(path))
        except (h2o.exceptions.H2OResponseError, h2o.exceptions.H2OServerError) as error:
            raise MalformedModel(f"{path} is no whole model of H2O {h2o.__version__}: {_reason(error)}") from error

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:  # noqa: ARG002 the protocol's
        def predict(given: Any, params: Mapping[str, Any]) -> Any:  # noqa: ARG001 it takes none
            return _predicted(model, _frame(model, given))

        return predict


def connect(settings: Mapping[str, Any]) -> None:
    """Connect to H2O as ``h2o.init`` does, starting it if need be; who is connected stays so.

    Raises
    ------
    MissingProgram
        There is no Java to start it.
    ModelError
        It does not start, or not with these settings.
    """
    import h2o

    current = h2o.connection()
    if current is not None and current.connected:
        return
    if not {"url", "ip"} & settings.keys():
        require_java("H2O")
    # Who loads a model has not asked for H2O to be told of it.
    quiet = {"verbose": False, "telemetry": False}
    known = inspect.signature(h2o.init).parameters
    try:
        h2o.init(**{name: value for name, value in quiet.items() if name in known}, **settings)
    except (h2o.exceptions.H2OError, TypeError, AssertionError) as error:
        raise ModelError(f"H2O can't be started, with the settings {dict(settings)}: {_reason(error)}") from error


def _write(model: Any, folder: Path) -> str:
    """Fetch a model from the cluster and return the name of its file."""
    import h2o

    if not isinstance(model, h2o.model.ModelBase):
        raise UnsavableModel(
            f"This {type(model).__name__} is no model of H2O. Save a trained estimator; of an H2OAutoML, its leader."
        )
    if model.model_id is None:
        raise UnsavableModel(f"This {type(model).__name__} can't be saved: it is not trained yet. Call train() first.")
    try:
        return Path(h2o.download_model(model, path=str(folder))).name
    except h2o.exceptions.H2OError as error:
        raise UnsavableModel(f"H2O's cluster does not hand out the model {model.model_id}: {_reason(error)}") from error


def _frame(model: Any, given: Any) -> Any:
    """Return a frame with the names that the model was trained on, where the data has none."""
    import numpy as np
    import pandas as pd

    if hasattr(given, "columns"):
        return given
    array = np.atleast_2d(np.asarray(given))
    names = model._model_json["output"]["names"]  # noqa: SLF001 the features in their order, the response last
    return pd.DataFrame(array, columns=names[: array.shape[1]])


def _predicted(model: Any, frame: Any) -> Any:
    import h2o

    with _quietly():
        uploaded = h2o.H2OFrame(frame)
        try:
            answer = model.predict(uploaded)
            predicted = answer.as_data_frame()
            h2o.remove(answer)
        finally:
            # The cluster would keep what each prediction was made from.
            h2o.remove(uploaded)
    predicted.index = frame.index
    return predicted


@contextmanager
def _quietly() -> Iterator[None]:
    """Leave out H2O's progress bars and its advice on speed."""
    import h2o
    from h2o.job import H2OJob

    shows_progress = H2OJob.__PROGRESS_BAR__
    h2o.no_progress()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=h2o.exceptions.H2ODependencyWarning)
            yield
    finally:
        if shows_progress:
            h2o.show_progress()


def _reason(error: Exception) -> str:
    """Return what an error of H2O says: the line that its server names ``Error``, not its address and stack."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = (line.removeprefix("Error:").strip() for line in lines if line.startswith("Error:"))
    return next(told, None) or next(iter(lines), type(error).__name__)

"""A loaded model behind the interface that all flavors share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbtrack.flavors.protocol import Predictor
from nbtrack.flavors.python_function import LoadedPythonModel
from nbtrack.models import Model, enforce_params, enforce_schema


class PyFuncModel:
    """A model with ``predict``, whatever framework it is from. Made by ``load_model``."""

    def __init__(self, metadata: Model, native: Any, predictor: Predictor) -> None:
        self._metadata, self._native, self._predictor = metadata, native, predictor

    @property
    def metadata(self) -> Model:
        """The MLmodel document."""
        return self._metadata

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        """Return the model's predictions.

        Parameters
        ----------
        data
            What the signature describes; checked and widened by it where there is one.
        params
            Values for the signature's params; those that it doesn't have are ignored with a warning.

        Raises
        ------
        SignatureMismatch
            The data or the params don't fit the signature.
        """
        schema = self._metadata.get_input_schema()
        if schema is not None:
            data = enforce_schema(data, schema)
        return self._predictor(data, enforce_params(params, self._metadata.get_params_schema()))

    def unwrap_python_model(self) -> Any:
        """Return the object that was saved: the `PythonModel`, or the framework's own model."""
        return self.get_raw_model()

    def get_raw_model(self) -> Any:
        """Return the object that was saved."""
        return self._native.python_model if isinstance(self._native, LoadedPythonModel) else self._native

    def __repr__(self) -> str:
        flavors = ", ".join(name for name in self._metadata.flavors if name != "python_function") or "python_function"
        return f"<PyFuncModel {flavors}, run {self._metadata.run_id or '-'}>"

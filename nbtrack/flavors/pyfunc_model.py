"""A loaded model behind the interface that all flavors share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nbtrack.errors import InvalidInput
from nbtrack.flavors.bundled_code import BundledCode
from nbtrack.flavors.protocol import Predictor
from nbtrack.flavors.python_function import LoadedPythonModel
from nbtrack.flavors.type_hints import like_example
from nbtrack.models import Model, enforce_params, enforce_schema


class PyFuncModel:
    """A model with ``predict``, whatever framework it is from. Made by ``load_model``."""

    def __init__(self, metadata: Model, native: Any, predictor: Predictor, code: BundledCode | None = None) -> None:
        self._metadata, self._native, self._code = metadata, native, code
        self._predictor = predictor

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
        checked = enforce_params(params, self._metadata.get_params_schema())
        return self._running(self._predictor, self._enforced(data), checked)

    def predict_stream(self, data: Any, params: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """Return the model's answer to one input piece by piece, as its ``predict_stream`` yields it.

        Raises
        ------
        InvalidInput
            The model has none.
        SignatureMismatch
            The params don't fit the signature.
        """
        stream = getattr(self._native, "predict_stream", None)
        if stream is None or not (self._metadata.flavors["python_function"].get("streamable")):
            raise InvalidInput("This model was not saved with a predict_stream(); use predict().")
        checked = enforce_params(params, self._metadata.get_params_schema())
        return self._pieces(stream, data, checked)

    def unwrap_python_model(self) -> Any:
        """Return the object that was saved: the `PythonModel`, or the framework's own model."""
        return self.get_raw_model()

    def get_raw_model(self) -> Any:
        """Return the object that was saved."""
        return self._native.python_model if isinstance(self._native, LoadedPythonModel) else self._native

    def _enforced(self, data: Any) -> Any:
        schema = self._metadata.get_input_schema()
        # What type hints say is checked where predict() is called; a signature of columns can't say all that they can.
        if schema is None or self._metadata.extra.get("is_signature_from_type_hint"):
            return data
        if schema.is_tensor_spec() and getattr(self._predictor, "checks_tensors", False):
            return data
        data = enforce_schema(data, schema)
        if not self._metadata.extra.get("type_hint_from_example"):
            return data
        return like_example(data, (self._metadata.saved_input_example_info or {}).get("type"))

    def _running(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call into the model with the code that it brought along at hand."""
        if self._code is None:
            return function(*arguments)
        with self._code.importable():
            return function(*arguments)

    def _pieces(self, stream: Callable[..., Any], data: Any, params: Mapping[str, Any]) -> Iterator[Any]:
        pieces = iter(self._running(stream, data, params))
        end = object()
        while (piece := self._running(next, pieces, end)) is not end:
            yield piece

    def __repr__(self) -> str:
        flavors = ", ".join(name for name in self._metadata.flavors if name != "python_function") or "python_function"
        return f"<PyFuncModel {flavors}, run {self._metadata.run_id or '-'}>"

"""What a model of Keras eats and gives as a python_function: frames, arrays, dicts of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbtrack.flavors.tensor_inputs import TensorInputs, framed
from nbtrack.models import ModelSignature, Schema, TensorSpec


class KerasPredictor:
    """Predicts in batches of 32, or as many rows as the param ``batch_size`` says.

    A frame is answered by a frame, where each row has one number or a row of them; several outputs by a dict.
    """

    checks_tensors = True

    def __init__(self, model: Any) -> None:
        self._model = model
        self._inputs = _inputs_of(model)

    def __call__(self, given: Any, params: Mapping[str, Any]) -> Any:
        answer = self._model.predict(self._fed(given), **{"verbose": 0, **params})
        if isinstance(answer, (list, tuple)):
            names = getattr(self._model, "output_names", None) or [f"output_{n}" for n in range(len(answer))]
            answer = dict(zip(names, answer, strict=True))
        return framed(answer, given)

    def _fed(self, given: Any) -> Any:
        if self._inputs is None:
            return given.to_numpy() if hasattr(given, "columns") else given
        tensors = self._inputs.named(given)
        return tensors if len(tensors) > 1 or _is_dict(self._model) else next(iter(tensors.values()))


def signature_of(model: Any) -> ModelSignature | None:
    """Return the tensors that a model eats and gives; None where it doesn't say, as before its first call."""
    inputs, outputs = _schema(_tensors(model, "inputs")), _schema(_tensors(model, "outputs"))
    return None if inputs is None else ModelSignature(inputs, outputs)


def _inputs_of(model: Any) -> TensorInputs | None:
    tensors = _tensors(model, "inputs")
    return TensorInputs({name: _spec(tensor, name) for name, tensor in tensors.items()}) if tensors else None


def _tensors(model: Any, which: str) -> dict[str, Any]:
    """Return the symbolic inputs or outputs of a model by the names by which it is fed."""
    tensors = getattr(model, which, None) or []
    struct = getattr(model, f"_{which}_struct", None)
    if isinstance(struct, dict) and len(struct) == len(tensors):
        return dict(struct)
    names = getattr(model, "output_names", None) if which == "outputs" else None
    return dict(zip(names or [tensor.name for tensor in tensors], tensors, strict=True))


def _is_dict(model: Any) -> bool:
    return isinstance(getattr(model, "_inputs_struct", None), dict)


def _schema(tensors: Mapping[str, Any]) -> Schema | None:
    is_only = len(tensors) == 1
    specs = [_spec(tensor, None if is_only else name) for name, tensor in tensors.items()]
    known = [spec for spec in specs if spec is not None]
    return Schema(known) if specs and len(known) == len(specs) else None


def _spec(tensor: Any, name: str | None) -> TensorSpec | None:
    """Return what NumPy can say of a tensor; text and the short floats it can't."""
    import numpy as np

    try:
        kind = np.dtype(tensor.dtype)
    except TypeError:
        return None
    return TensorSpec(kind, tuple(-1 if size is None else size for size in tensor.shape), name)

"""Making arrays fit the tensors of a signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbtrack.errors import SignatureMismatch
from nbtrack.models.fitting import EXACT_IN_DOUBLE, EXACT_IN_FLOAT, some
from nbtrack.models.schema import Schema, TensorSpec


def enforce_tensors(given: Any, schema: Schema) -> Any:
    specs = [spec for spec in schema if isinstance(spec, TensorSpec)]
    if not schema.has_input_names():
        return _enforce_tensor(given, specs[0], "input")
    if not isinstance(given, Mapping) and not hasattr(given, "columns"):
        if len(specs) == 1:
            return _enforce_tensor(given, specs[0], str(specs[0].name))
        raise SignatureMismatch(f"The model wants a dict of the tensors {some(schema.input_names())}.")
    missing = [spec.name for spec in specs if spec.name not in given]
    if missing:
        raise SignatureMismatch(f"The model wants the tensors {some(missing)}, which the input lacks.")
    return {spec.name: _enforce_tensor(given[spec.name], spec, str(spec.name)) for spec in specs}


def _enforce_tensor(given: Any, spec: TensorSpec, name: str) -> Any:
    import numpy as np

    if hasattr(given, "tocsr"):
        tensor = given
    else:
        tensor = given.to_numpy() if hasattr(given, "to_numpy") else np.asarray(given)
        if hasattr(given, "columns") and given.shape[1] == 1 and len(spec.shape) == 1:
            tensor = tensor[:, 0]
    if len(tensor.shape) != len(spec.shape) or any(
        want not in (-1, got) for want, got in zip(spec.shape, tensor.shape, strict=True)
    ):
        raise SignatureMismatch(f"Tensor {name!r} must have the shape {spec.shape} and has {tensor.shape}.")
    if tensor.dtype == spec.type or spec.type.kind == "O":
        return tensor
    if spec.type.kind in "US" and tensor.dtype.kind in (spec.type.kind, "O"):
        return tensor
    if not _is_tensor_exact(tensor, spec.type):
        raise SignatureMismatch(
            f"Tensor {name!r} must be {spec.type} and is {tensor.dtype}, which can't become it without loss."
        )
    return tensor.astype(spec.type)


def _is_tensor_exact(tensor: Any, wanted: Any) -> bool:
    import numpy as np

    if np.can_cast(tensor.dtype, wanted, "safe") and tensor.dtype.kind != "b":
        # NumPy calls int64 -> float64 safe; beyond 2**53 it is not.
        if tensor.dtype.kind in "iu" and wanted.kind == "f" and tensor.size:
            exact = EXACT_IN_DOUBLE if wanted.itemsize >= 8 else EXACT_IN_FLOAT
            return max(abs(int(tensor.min())), abs(int(tensor.max()))) <= exact
        return True
    return False

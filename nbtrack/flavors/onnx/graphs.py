"""What a graph says of its inputs and outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbtrack.models import ModelSignature, Schema, TensorSpec


def signature_of(model: Any) -> ModelSignature | None:
    """Return the signature of a graph; None where its inputs are other than tensors of known rank.

    The only input has no name in it, so that an array serves as well as a dict.
    """
    inputs = input_specs(model)
    if not inputs or any(spec is None for spec in inputs.values()):
        return None
    specs = [spec for spec in inputs.values() if spec is not None]
    if len(specs) == 1:
        specs = [TensorSpec(specs[0].type, specs[0].shape)]
    outputs = [_tensor_spec(output) for output in model.graph.output]
    return ModelSignature(Schema(specs), Schema(whole) if (whole := _all_known(outputs)) else None)


def input_specs(model: Any) -> dict[str, TensorSpec | None]:
    """Return the inputs by name; None stands for what is no tensor of known rank."""
    weights = {tensor.name for tensor in model.graph.initializer}  # in older files they are inputs, too
    return {given.name: _tensor_spec(given) for given in model.graph.input if given.name not in weights}


def _all_known(specs: Sequence[TensorSpec | None]) -> list[TensorSpec] | None:
    known = [spec for spec in specs if spec is not None]
    return known if len(known) == len(specs) else None


def _tensor_spec(value: Any) -> TensorSpec | None:
    from onnx import TensorProto, helper

    kind = value.type.tensor_type
    if value.type.WhichOneof("value") != "tensor_type" or not kind.HasField("shape"):
        return None
    if kind.elem_type == TensorProto.STRING:
        dtype: Any = "str"
    else:
        try:
            dtype = helper.tensor_dtype_to_np_dtype(kind.elem_type)
        except (KeyError, ValueError):
            return None
        if dtype.kind not in "biuf":
            return None  # such as bfloat16, which NumPy has no word for
    return TensorSpec(dtype, tuple(_length(dim) for dim in kind.shape.dim), value.name)


def _length(dim: Any) -> int:
    return int(dim.dim_value) if dim.HasField("dim_value") and dim.dim_value > 0 else -1

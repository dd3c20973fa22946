"""ONNX files: read with suspicion, written whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbtrack.errors import MalformedModel, UnsavableModel
from nbtrack.flavors.pickling import inner_path

# Protobuf's own limit for one message, less than what the graph itself may take.
LARGEST_IN_ONE_FILE_BYTES = 2**31 - 2**27


def write_model(model: Any, path: Path, *, has_external_data: bool = False) -> None:
    """Write ``model`` to ``path``; its large tensors to a file beside it if asked to, or if one file can't hold them.

    Raises
    ------
    UnsavableModel
        It is no whole model, or its tensors lie in files that were not loaded with it.
    """
    import onnx

    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in tensors_of(model)):
        raise UnsavableModel(
            "This ModelProto only refers to files that hold its tensors. Load them with it: onnx.load(path)."
        )
    if has_external_data or is_too_large_for_one_file(model):
        # onnx leaves the tensors out of the object that it writes, and the user's must stay whole.
        copy = onnx.ModelProto()
        copy.CopyFrom(model)
        onnx.save_model(copy, path, save_as_external_data=True, location=f"{path.name}.data")
    else:
        onnx.save_model(model, path)
    try:
        onnx.checker.check_model(str(path))
    except onnx.checker.ValidationError as error:
        raise UnsavableModel(f"This ModelProto is no valid ONNX model: {_first_line(error)}") from error


def read_model(path: Path) -> Any:
    """Read an ONNX file with all its tensors, none of which may lie outside of its folder.

    Raises
    ------
    MalformedModel
        A file is truncated, is no model, or asks for what lies elsewhere.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(path, load_external_data=False)
        for tensor in tensors_of(model):
            if tensor.data_location == onnx.TensorProto.EXTERNAL:
                _check_place(tensor, path.parent)
        onnx.checker.check_model(str(path))
        onnx.load_external_data_for_model(model, str(path.parent))
    except (DecodeError, onnx.checker.ValidationError, ValueError, OSError) as error:
        raise MalformedModel(f"{path} is no whole ONNX model: {_first_line(error)}") from error
    return model


def tensors_of(message: Any) -> Iterator[Any]:
    """Yield every tensor inside a message, wherever it stands: weights, attributes, sub-graphs, functions."""
    from onnx import TensorProto

    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for inner in value if hasattr(value, "__len__") else (value,):
            if isinstance(inner, TensorProto):
                yield inner
            else:
                yield from tensors_of(inner)


def is_too_large_for_one_file(model: Any) -> bool:
    return sum(len(tensor.raw_data) for tensor in tensors_of(model)) > LARGEST_IN_ONE_FILE_BYTES


def _check_place(tensor: Any, directory: Path) -> None:
    """Refuse a tensor outside of the folder, or of more bytes than there are. Older versions of onnx follow both."""
    said = {entry.key: entry.value for entry in tensor.external_data}
    place = inner_path(directory, said.get("location", ""))
    if not place.is_file() or place.is_symlink():
        raise MalformedModel(f"Tensor {tensor.name!r} lies in {place}, which is no file of the model.")
    offset, length = int(said.get("offset", 0)), int(said.get("length", 0))
    if min(offset, length) < 0 or offset + length > place.stat().st_size:
        raise MalformedModel(f"Tensor {tensor.name!r} wants bytes that {place} doesn't have: it is truncated.")


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)

"""A saved model's folder as JSON: it is read, and nothing of it is imported or run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbtrack.errors import MalformedModel
from nbtrack.models import (
    Model,
    ModelSignature,
    ParamSpec,
    Schema,
    TensorSpec,
    files_of,
    parse_yaml,
    trust_of,
)
from nbtrack.server.documents import Document

MAX_FIELDS = 2000
"""Of wider signatures so many inputs and outputs are told."""
MAX_TEXT_BYTES = 64 * 1024
"""Of longer example and requirement files so much is told."""
PYTHON_FUNCTION = "python_function"


def folder_document(folder: Path) -> Document:
    """Return what a model's files say of it.

    Raises
    ------
    MalformedModel
        It is no saved model.
    """
    model = Model.load(folder)
    info = model.saved_input_example_info or {}
    return {
        "flavors": [{"name": name, "version": _version(name, section)} for name, section in model.flavors.items()],
        "sizeBytes": sum((folder / path).stat().st_size for path in files_of(folder)),
        "trust": trust_of(folder).name.lower(),
        "signature": None if model.signature is None else _signature(model.signature),
        "example": _text(folder, str(info.get("artifact_path", ""))),
        "requirements": (_text(folder, "requirements.txt") or "").splitlines(),
        "python": _python(folder),
    }


def _version(name: str, section: Any) -> str | None:
    """Return the version of the framework, which each flavor's section has under a name of its own."""
    if name == PYTHON_FUNCTION:
        return None
    stated = section.get(f"{name}_version")
    found = [stated] if stated else [value for key, value in section.items() if key.endswith("_version")]
    return str(found[0]) if found else None


def _signature(signature: ModelSignature) -> Document:
    return {
        "inputs": _fields(signature.inputs),
        "outputs": _fields(signature.outputs),
        "params": [_param(spec) for spec in signature.params or ()],
    }


def _fields(schema: Schema | None) -> Document:
    specs: Sequence[Any] = () if schema is None else schema.inputs
    return {"fields": [_field(spec) for spec in specs[:MAX_FIELDS]], "total": len(specs)}


def _field(spec: Any) -> Document:
    name = None if spec.name is None else str(spec.name)
    if isinstance(spec, TensorSpec):
        return {"name": name, "type": str(spec.type), "shape": list(spec.shape), "isRequired": True}
    return {"name": name, "type": str(spec.type), "shape": None, "isRequired": spec.required}


def _param(spec: ParamSpec) -> Document:
    shape = None if spec.shape is None else list(spec.shape)
    return {"name": spec.name, "type": str(spec.dtype), "shape": shape, "default": repr(spec.default)}


def _python(folder: Path) -> str | None:
    try:
        stated = parse_yaml(_text(folder, "python_env.yaml") or "", "python_env.yaml")
    except MalformedModel:
        return None
    return str(stated["python"]) if isinstance(stated, dict) and "python" in stated else None


def _text(folder: Path, name: str) -> str | None:
    """Return the beginning of a file of the folder itself; None where it has none of that name."""
    file = folder / name
    if not name or Path(name).name != name or file.is_symlink() or not file.is_file():
        return None
    with file.open("rb") as stream:
        return stream.read(MAX_TEXT_BYTES).decode("utf-8", "replace")

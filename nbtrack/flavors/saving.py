"""Save a model of any flavor: the shared tail, written once."""

from __future__ import annotations

import os
import secrets
import shutil
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbtrack.errors import AlreadyExists, NbtrackError
from nbtrack.flavors.bundled_code import CODE, copy_code
from nbtrack.flavors.protocol import Flavor, FlavorConfig
from nbtrack.flavors.selection import PYTHON_FUNCTION, flavor_for
from nbtrack.models import (
    ENVIRONMENT,
    Model,
    ModelSignature,
    infer_signature,
    pinned,
    save_example,
    sign,
    write_environment,
)


def save_model(
    model: object,
    directory: str | os.PathLike[str],
    *,
    flavor: Flavor | None = None,
    signature: ModelSignature | None = None,
    input_example: Any = None,
    requirements: Sequence[str] | None = None,
    code_paths: Sequence[str | os.PathLike[str]] | None = None,
    metadata: Mapping[str, Any] | None = None,
    run_id: str | None = None,
    model_id: str | None = None,
    artifact_path: str | None = None,
    name: str | None = None,
) -> Model:
    """Save ``model`` as a folder in MLmodel format, whole or not at all, and sign it with the user's key.

    Parameters
    ----------
    model
        An object that an installed flavor knows, a `PythonModel` or a function.
    directory
        The folder to make; it may exist if it is empty.
    flavor
        How to save it; found from the object's class by default.
    signature
        What the model eats and gives. Without one it is inferred from ``input_example``.
    input_example
        A few rows that the model can eat, kept beside it.
    requirements
        Lines of a requirements.txt; read from the metadata of what is installed by default.
    code_paths
        Files and folders of Python code that the model imports, kept with it and importable while it is used.
    metadata
        Any plain values to keep in the MLmodel file.
    run_id, model_id, artifact_path, name
        Where the model belongs, kept in the MLmodel file.

    Raises
    ------
    AlreadyExists
        The folder has something in it.
    NoFlavor, UnsavableModel
        The object can't be saved; the message says why.
    """
    target = Path(directory).absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise AlreadyExists(f"{target} is there already and not empty. Choose another path or delete it first.")
    flavor = flavor or flavor_for(model)
    target.parent.mkdir(parents=True, exist_ok=True)
    building = target.parent / f".{target.name}.{secrets.token_hex(4)}.tmp"
    building.mkdir()
    try:
        packages = copy_code(code_paths or (), building)
        config = flavor.save(model, building)
        signature = _agreed(signature, config.signature)
        if signature is None and input_example is not None:
            signature = _signature_from_example(flavor, model, config, input_example)
        signature = signature or config.default_signature
        packages |= config.packages | ({"pandas"} if _has_columns(signature, input_example) else frozenset())
        lines = list(requirements) if requirements is not None else pinned(packages)
        write_environment(building, lines)
        example_info = save_example(input_example, building) if input_example is not None else None
        document = Model.new(
            _sections(flavor, config, {"code": CODE} if code_paths else {}),
            signature=signature,
            saved_input_example_info=example_info,
            metadata=metadata,
            run_id=run_id,
            model_id=model_id,
            artifact_path=artifact_path,
            name=name,
            model_size_bytes=sum(file.stat().st_size for file in building.rglob("*") if file.is_file()),
            extra=config.document,
        )
        document.save(building)
        sign(building)
        if target.exists():
            target.rmdir()
        building.rename(target)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return document


def _sections(flavor: Flavor, config: FlavorConfig, code: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    sections: dict[str, dict[str, Any]] = {}
    if config.pyfunc is not None:
        sections[PYTHON_FUNCTION] = {**config.pyfunc, **code, "env": dict(ENVIRONMENT)}
    if config.section:
        sections[flavor.name] = {**config.section, **code}
    return sections


def _agreed(given: ModelSignature | None, own: ModelSignature | None) -> ModelSignature | None:
    """Return the signature that the model's own code states, with the params of the one that the caller gave."""
    if given is None or own is None:
        return given or own
    if given.inputs not in (None, own.inputs):
        warnings.warn(
            f"The type hints of predict() say that it takes {own.inputs}, and data is checked by them; "
            f"the signature that was given, with {given.inputs}, is left out.",
            stacklevel=4,
        )
    return replace(own, params=given.params)


def _has_columns(signature: ModelSignature | None, input_example: Any) -> bool:
    named = signature is not None and signature.inputs is not None and signature.inputs.has_input_names()
    return named or hasattr(input_example, "columns")


def _signature_from_example(flavor: Flavor, model: Any, config: FlavorConfig, example: Any) -> ModelSignature:
    """Infer the signature of the example, and of what the model answers to it where it can."""
    if config.pyfunc is None:
        return infer_signature(example)
    try:
        answer = flavor.predictor(model, config)(example, {})
    except NbtrackError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a user's model raises
        warnings.warn(
            f"The model can't eat its input example ({type(error).__name__}: {error}); the signature has no outputs.",
            stacklevel=3,
        )
        return infer_signature(example)
    return infer_signature(example, answer)

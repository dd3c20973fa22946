"""Save a model of any flavor: the shared tail, written once."""

from __future__ import annotations

import os
import platform
import secrets
import shutil
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbtrack.errors import AlreadyExists, InvalidInput
from nbtrack.flavors.bundled_code import CODE, copy_code
from nbtrack.flavors.example_signature import check_example, keep_example, signature_of_example
from nbtrack.flavors.protocol import Flavor, FlavorConfig, Predictor
from nbtrack.flavors.selection import PYTHON_FUNCTION, flavor_for
from nbtrack.models import (
    ENVIRONMENT,
    MLMODEL,
    InputExample,
    Model,
    ModelSignature,
    StatedEnvironment,
    platform_resources,
    sign,
    write_environment,
)

_EXTRA_FILES = "extra_files"


def save_model(
    model: object,
    directory: str | os.PathLike[str],
    *,
    flavor: Flavor | None = None,
    signature: ModelSignature | None = None,
    input_example: Any = None,
    pip_requirements: str | Path | Iterable[str] | None = None,
    extra_pip_requirements: str | Path | Iterable[str] | None = None,
    conda_env: Mapping[str, Any] | str | Path | None = None,
    code_paths: Sequence[str | os.PathLike[str]] | None = None,
    extra_files: Sequence[str | os.PathLike[str]] | None = None,
    resources: Any = None,
    auth_policy: Any = None,
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
        A few rows that the model can eat, kept beside it; or a pair of them and a dict of params. One that it can't
        eat, or that JSON can't say, is told of, and the model is saved.
    pip_requirements
        What pip is to install: the path of a requirements file, or lines of one, ``-r`` and ``-c`` lines included. By
        default it is read from the metadata of what is installed.
    extra_pip_requirements
        More of them than what is found out; what they say of a package counts.
    conda_env
        A conda environment instead: a mapping, or the path of its YAML file.
    code_paths
        Files and folders of Python code that the model imports, kept with it and importable while it is used.
    extra_files
        Files that are kept in the model's folder ``extra_files``.
    resources, auth_policy
        What else a platform that serves the model must let it use: mappings, MLflow's objects for them, or the path
        of a YAML file.
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
    environment = StatedEnvironment(pip_requirements, extra_pip_requirements, conda_env)
    declared = {"resources": platform_resources(resources), "auth_policy": platform_resources(auth_policy)}
    target.parent.mkdir(parents=True, exist_ok=True)
    building = target.parent / f".{target.name}.{secrets.token_hex(4)}.tmp"
    building.mkdir()
    try:
        packages = copy_code(code_paths or (), building)
        config = flavor.save(model, building)
        signature = _agreed(signature, config.signature)
        example = None if input_example is None else InputExample.of(input_example)
        if example is not None and signature is None:
            signature = signature_of_example(example, _predictor(flavor, model, config))
        elif example is not None and signature is not None and config.signature is None:
            check_example(example, signature)
        signature = signature or config.default_signature
        packages |= config.packages | ({"pandas"} if _has_columns(signature, example) else frozenset())
        # A custom model's artifacts may be models, which it loads.
        inner = [file.parent for file in building.rglob(MLMODEL)]
        write_environment(building, environment.completed(packages, inner))
        example_info = None if example is None else keep_example(example, building)
        added = _copy_files(extra_files or (), building)
        document = Model.new(
            _sections(flavor, config, {"code": CODE} if code_paths else {}, added),
            signature=signature,
            saved_input_example_info=example_info,
            metadata=metadata,
            run_id=run_id,
            model_id=model_id,
            artifact_path=artifact_path,
            name=name,
            model_size_bytes=sum(file.stat().st_size for file in building.rglob("*") if file.is_file()),
            extra={**config.document, **{name: value for name, value in declared.items() if value is not None}},
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


def _sections(
    flavor: Flavor, config: FlavorConfig, code: Mapping[str, str], extra_files: list[dict[str, str]]
) -> dict[str, dict[str, Any]]:
    sections: dict[str, dict[str, Any]] = {}
    if config.pyfunc is not None:
        python = {"python_version": platform.python_version()}
        sections[PYTHON_FUNCTION] = {**python, **config.pyfunc, **code, "env": dict(ENVIRONMENT)}
    if config.section:
        sections[flavor.name] = {**config.section, **code}
    if extra_files:
        # As MLflow does: beside what is the flavor's own, if it has more than python_function.
        sections[flavor.name][_EXTRA_FILES] = extra_files
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


def _copy_files(files: Sequence[str | os.PathLike[str]], directory: Path) -> list[dict[str, str]]:
    """Copy files into the model folder and return how its flavor's section refers to them."""
    copied = []
    for file in map(Path, files):
        target = directory / _EXTRA_FILES / file.name
        if not file.is_file():
            raise InvalidInput(f"The extra file {file} is not there, or no file.")
        if target.exists():
            raise InvalidInput(f"Two extra files are called {file.name}: a model's extra files lie in one folder.")
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(file, target)
        copied.append({"path": target.relative_to(directory).as_posix()})
    return copied


def _predictor(flavor: Flavor, model: Any, config: FlavorConfig) -> Predictor | None:
    return None if config.pyfunc is None else flavor.predictor(model, config)


def _has_columns(signature: ModelSignature | None, example: InputExample | None) -> bool:
    named = signature is not None and signature.inputs is not None and signature.inputs.has_input_names()
    return named or (example is not None and hasattr(example.inputs, "columns"))

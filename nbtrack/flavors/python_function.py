"""Custom models: subclasses of PythonModel and plain functions."""

from __future__ import annotations

import copy
import dis
import inspect
import platform
import shutil
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput, MalformedModel, NoFlavor
from nbtrack.flavors.pickling import inner_path, read_pickle, write_pickle
from nbtrack.flavors.protocol import FlavorConfig, Predictor
from nbtrack.flavors.python_model import Checked, FunctionModel, PythonModel, PythonModelContext
from nbtrack.flavors.type_hints import TypeFromExample, TypeHints, hints_of, signature_of

_PICKLE = "python_model.pkl"
_ARTIFACTS = "artifacts"


class PythonFunctionFlavor:
    """Saves a `PythonModel` or a function by cloudpickle, signed.

    Parameters
    ----------
    artifacts
        Files and folders that are copied into the model folder, by the name under which the model asks for them.
    model_config
        Settings for ``context.model_config``.
    """

    name = "python_function"

    def __init__(
        self, artifacts: Mapping[str, str | Path] | None = None, model_config: Mapping[str, Any] | None = None
    ) -> None:
        self._artifacts, self._model_config = dict(artifacts or {}), model_config

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        import cloudpickle

        python_model = _as_python_model(model)
        packages = write_pickle(python_model, directory / _PICKLE)
        pyfunc: dict[str, Any] = {
            "loader_module": "mlflow.pyfunc.model",
            "python_model": _PICKLE,
            "python_version": platform.python_version(),
            "cloudpickle_version": cloudpickle.__version__,
            "code": None,
            "streamable": _is_streamable(python_model),
        }
        if self._artifacts:
            pyfunc["artifacts"] = {
                name: _copy_artifact(name, source, directory) for name, source in self._artifacts.items()
            }
        if self._model_config:
            pyfunc["config"] = dict(self._model_config)
        hints = python_model.predict_type_hints
        signature = signature_of(hints)
        from_hints = {
            "is_signature_from_type_hint": signature is not None,
            "type_hint_from_example": hints.input is TypeFromExample,
        }
        needed = packages | _imported_in_functions(model) | {"nbtrack"}
        return FlavorConfig({}, pyfunc, needed, signature, from_hints if any(from_hints.values()) else {})

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        pyfunc = config.pyfunc or {}
        if "python_model" not in pyfunc:
            raise MalformedModel(f"The python_function section of {directory} names no python_model.")
        artifacts = {
            name: str(inner_path(directory, entry.get("path")).absolute())
            for name, entry in (pyfunc.get("artifacts") or {}).items()
        }
        model = read_pickle(directory, pyfunc["python_model"])
        return LoadedPythonModel.prepared(model, PythonModelContext(artifacts, pyfunc.get("config")))

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:  # noqa: ARG002
        if isinstance(model, LoadedPythonModel):
            return model.predict
        # It is just being saved, and stays as it is: what load_context() sets is set on a copy.
        context = PythonModelContext({n: str(p) for n, p in self._artifacts.items()}, self._model_config)
        return LoadedPythonModel.prepared(copy.copy(_as_python_model(model)), context).predict


class LoadedPythonModel:
    """A custom model together with the context that it was loaded in."""

    def __init__(self, python_model: Any, context: PythonModelContext) -> None:
        self.python_model, self.context = python_model, context

    @classmethod
    def prepared(cls, python_model: Any, context: PythonModelContext) -> LoadedPythonModel:
        """Let the model look at its context, once, and return both."""
        if hasattr(python_model, "load_context"):
            python_model.load_context(context)
        return cls(python_model, context)

    def predict(self, given: Any, params: Mapping[str, Any]) -> Any:
        return self._call(self.python_model.predict, given, params)

    def predict_stream(self, given: Any, params: Mapping[str, Any]) -> Iterator[Any]:
        return iter(self._call(self.python_model.predict_stream, given, params))

    def _call(self, method: Callable[..., Any], given: Any, params: Mapping[str, Any]) -> Any:
        names = list(inspect.signature(method).parameters)
        arguments = (self.context, given) if names[:1] == ["context"] else (given,)
        return method(*arguments, **({"params": dict(params)} if "params" in names else {}))


def _as_python_model(model: Any) -> Any:
    if isinstance(model, type):
        raise InvalidInput(f"{model.__name__} is a class; give an instance of it: {model.__name__}().")
    if isinstance(model, PythonModel):
        if type(model).predict is PythonModel.predict:
            raise InvalidInput(f"{type(model).__name__} defines no predict().")
        return model
    if not callable(model):
        raise NoFlavor(f"{type(model).__module__}.{type(model).__qualname__}")
    names = list(inspect.signature(model).parameters)
    if not names:
        raise InvalidInput("A function that is a model takes the input as its first parameter.")
    hints = hints_of(model) if inspect.isroutine(model) else TypeHints()
    function = model if signature_of(hints) is None else Checked(model, hints)
    return FunctionModel(function, takes_params=names[1:2] == ["params"])


def _is_streamable(model: Any) -> bool:
    return type(model).predict_stream is not PythonModel.predict_stream


def _copy_artifact(name: str, source: str | Path, directory: Path) -> dict[str, str]:
    source = Path(source)
    if not source.exists():
        raise InvalidInput(f"The artifact {name!r} is not there: {source}")
    target = directory / _ARTIFACTS / source.name
    if target.exists():
        # Two artifacts of one file name: the second gets a folder of its own.
        target = directory / _ARTIFACTS / f"{len(list((directory / _ARTIFACTS).iterdir()))}" / source.name
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(source, target)
    relative = target.relative_to(directory).as_posix()
    return {"path": relative, "uri": relative}


def _imported_in_functions(model: Any) -> frozenset[str]:
    """Return the packages that ``import`` statements inside the model's functions name."""
    owner = model if inspect.isroutine(model) else type(model)
    members = [owner] if inspect.isroutine(owner) else map(inspect.unwrap, vars(owner).values())
    codes = [code for member in members if inspect.isfunction(member) for code in _codes(member.__code__)]
    return frozenset(
        str(instruction.argval).partition(".")[0]
        for code in codes
        for instruction in dis.get_instructions(code)
        if instruction.opname == "IMPORT_NAME"
    )


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)

"""Custom models: subclasses of PythonModel, plain functions, scripts and loader modules."""

from __future__ import annotations

import copy
import dis
import inspect
import platform
import shutil
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from nbtrack.errors import InvalidInput, MalformedModel, NoFlavor
from nbtrack.flavors.bundled_code import code_in
from nbtrack.flavors.loader_module import LoaderModule, load_by_module
from nbtrack.flavors.model_script import ModelScript, run_script
from nbtrack.flavors.pickling import inner_path, read_pickle, write_pickle
from nbtrack.flavors.protocol import FlavorConfig, Predictor
from nbtrack.flavors.python_model import Checked, FunctionModel, PythonModel, PythonModelContext
from nbtrack.flavors.selection import CUSTOM_MODEL_LOADERS
from nbtrack.flavors.type_hints import TypeFromExample, TypeHints, hints_of, signature_of
from nbtrack.models import require_trust

_PICKLE = "python_model.pkl"
_ARTIFACTS = "artifacts"


class PythonFunctionFlavor:
    """Saves a `PythonModel` or a function by cloudpickle, a `ModelScript` as it is, and the data of a `LoaderModule`.

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
        self._saved: Callable[[], LoadedPythonModel] | None = None

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        common: dict[str, Any] = {"python_version": platform.python_version(), "code": None}
        if self._model_config:
            common["config"] = dict(self._model_config)
        if isinstance(model, LoaderModule):
            kept = model.write(directory)
            self._saved = lambda: _load_just_written(directory, {**common, **kept})
            return FlavorConfig({}, {**common, "streamable": False, **kept}, frozenset({kept["loader_module"]}))
        if self._artifacts:
            common["artifacts"] = {
                name: _copy_artifact(name, source, directory) for name, source in self._artifacts.items()
            }
        if isinstance(model, ModelScript):
            python_model, kept, packages = _keep_source(model, directory, self._model_config)
        else:
            python_model, kept, packages = _keep_pickle(model, directory)
        self._saved = lambda: self._prepared_copy(python_model)
        hints = getattr(python_model, "predict_type_hints", TypeHints())
        signature = signature_of(hints)
        from_hints = {
            "is_signature_from_type_hint": signature is not None,
            "type_hint_from_example": hints.input is TypeFromExample,
        }
        pyfunc = {**common, "streamable": _is_streamable(python_model), **kept}
        return FlavorConfig({}, pyfunc, packages, signature, from_hints if any(from_hints.values()) else {})

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        pyfunc = config.pyfunc or {}
        artifacts = _artifact_paths(directory, pyfunc.get("artifacts") or {})
        if pyfunc.get("model_code_path") is not None:
            # MLflow writes where the script once was; it is kept under its name.
            script = inner_path(directory, PurePath(str(pyfunc["model_code_path"])).name)
            require_trust(directory, f"a script that makes the model ({script.name})")
            model = _as_python_model(run_script(script, pyfunc.get("config")))
        elif pyfunc.get("python_model") is not None:
            model = read_pickle(directory, pyfunc["python_model"])
        elif pyfunc.get("loader_module") not in CUSTOM_MODEL_LOADERS:
            require_trust(directory, f"a loader module ({pyfunc.get('loader_module')})")
            return _loaded_by_module(directory, pyfunc)
        else:
            raise MalformedModel(f"The python_function section of {directory} names no python_model.")
        return LoadedPythonModel.prepared(model, PythonModelContext(artifacts, pyfunc.get("config")))

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:  # noqa: ARG002
        if isinstance(model, LoadedPythonModel):
            return model.predict
        if self._saved is None:
            raise InvalidInput("This model can predict once it is saved, or loaded.")
        return self._saved().predict

    def _prepared_copy(self, model: Any) -> LoadedPythonModel:
        """Prepare a model that was just saved; the user's object stays as it is."""
        context = PythonModelContext({n: str(p) for n, p in self._artifacts.items()}, self._model_config)
        return LoadedPythonModel.prepared(copy.copy(model), context)


class LoadedPythonModel:
    """A custom model together with the context that it was loaded in."""

    def __init__(self, python_model: Any, context: PythonModelContext, predict_method: str = "predict") -> None:
        self.python_model, self.context, self._predict_method = python_model, context, predict_method

    @classmethod
    def prepared(cls, python_model: Any, context: PythonModelContext) -> LoadedPythonModel:
        """Let the model look at its context, once, and return both."""
        if hasattr(python_model, "load_context"):
            python_model.load_context(context)
        return cls(python_model, context)

    def predict(self, given: Any, params: Mapping[str, Any]) -> Any:
        return self._call(getattr(self.python_model, self._predict_method), given, params)

    def predict_stream(self, given: Any, params: Mapping[str, Any]) -> Iterator[Any]:
        return iter(self._call(self.python_model.predict_stream, given, params))

    def _call(self, method: Callable[..., Any], given: Any, params: Mapping[str, Any]) -> Any:
        names = list(inspect.signature(method).parameters)
        arguments = (self.context, given) if names[:1] == ["context"] else (given,)
        return method(*arguments, **({"params": dict(params)} if "params" in names else {}))


def _keep_pickle(model: Any, directory: Path) -> tuple[Any, dict[str, Any], frozenset[str]]:
    import cloudpickle

    python_model = _as_python_model(model)
    packages = write_pickle(python_model, directory / _PICKLE)
    kept = {
        "loader_module": "mlflow.pyfunc.model",
        "python_model": _PICKLE,
        "cloudpickle_version": cloudpickle.__version__,
    }
    return python_model, kept, packages | _imported_in_functions(model) | {"nbtrack"}


def _keep_source(
    script: ModelScript, directory: Path, settings: Mapping[str, Any] | None
) -> tuple[Any, dict[str, Any], frozenset[str]]:
    (directory / script.name).write_text(script.source, encoding="utf-8")
    with code_in(directory):
        python_model = _as_python_model(run_script(directory / script.name, settings))
    kept = {"loader_module": "mlflow.pyfunc.loaders.code_model", "model_code_path": script.name}
    return python_model, kept, script.packages()


def _load_just_written(directory: Path, pyfunc: Mapping[str, Any]) -> LoadedPythonModel:
    with code_in(directory):
        return _loaded_by_module(directory, pyfunc)


def _loaded_by_module(directory: Path, pyfunc: Mapping[str, Any]) -> LoadedPythonModel:
    model = load_by_module(directory, pyfunc)
    context = PythonModelContext({}, pyfunc.get("config"))
    return LoadedPythonModel(model, context, str(pyfunc.get("predict_fn") or "predict"))


def _as_python_model(model: Any) -> Any:
    if isinstance(model, type):
        raise InvalidInput(f"{model.__name__} is a class; give an instance of it: {model.__name__}().")
    if isinstance(model, PythonModel):
        if type(model).predict is PythonModel.predict:
            raise InvalidInput(f"{type(model).__name__} defines no predict().")
        return model
    if hasattr(model, "predict") and hasattr(model, "load_context"):
        return model  # a PythonModel of MLflow's, from a script that was written for it
    if not callable(model):
        raise NoFlavor(f"{type(model).__module__}.{type(model).__qualname__}")
    names = list(inspect.signature(model).parameters)
    if not names:
        raise InvalidInput("A function that is a model takes the input as its first parameter.")
    hints = hints_of(model) if inspect.isroutine(model) else TypeHints()
    function = model if signature_of(hints) is None else Checked(model, hints)
    return FunctionModel(function, takes_params=names[1:2] == ["params"])


def _is_streamable(model: Any) -> bool:
    return any("predict_stream" in vars(cls) for cls in type(model).__mro__ if cls.__name__ != "PythonModel")


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


def _artifact_paths(directory: Path, stated: object) -> dict[str, str]:
    if not isinstance(stated, Mapping) or not all(isinstance(entry, Mapping) for entry in stated.values()):
        raise MalformedModel(f"The MLmodel file of {directory} has artifacts that can't be read: {stated!r}.")
    return {name: str(inner_path(directory, entry.get("path")).absolute()) for name, entry in stated.items()}


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

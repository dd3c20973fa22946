"""Models as code: a script that makes the model and hands it over by ``set_model``."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import sys
import textwrap
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput, MalformedModel, NbtrackError
from nbtrack.flavors.bundled_code import SourceOnly
from nbtrack.models import imports_of_source, source_that_set, taking_model, with_settings

_LOGS = frozenset({"log_model", "save_model"})


@dataclass(frozen=True)
class ModelScript:
    """Source code that calls ``set_model``, and the name of the file that keeps it."""

    source: str
    name: str = "model.py"

    @classmethod
    def from_file(cls, path: str | Path) -> ModelScript:
        """Read a script.

        Raises
        ------
        InvalidInput
            There is no such file.
        """
        path = Path(path).expanduser()
        if path.suffix != ".py" or not path.is_file():
            raise InvalidInput(
                f"python_model is a model, a function or the path of a Python script, and there is no script {path}."
            )
        return cls(path.read_text(encoding="utf-8"), path.name)

    @classmethod
    def of(cls, model: Any) -> ModelScript:
        """Return the source of a function, or of the notebook cell or script that called ``set_model(model)``.

        Raises
        ------
        InvalidInput
            There is no such source, or it makes no sense by itself.
        """
        stated = source_that_set(model)
        if stated is not None:
            return cls(_by_itself(stated))
        if inspect.isfunction(model) and model.__name__.isidentifier():
            return cls(_of_function(model))
        raise InvalidInput(
            f"There is no source to keep of this {type(model).__name__}: call nbtrack.models.set_model(model) in the "
            "cell that makes it, or give a function or the path of a script."
        )

    def packages(self) -> frozenset[str]:
        """Return the import names of the packages that the source imports."""
        return frozenset(name.partition(".")[0] for name in imports_of_source(self.source))


def run_script(path: Path, settings: Mapping[str, Any] | None = None) -> Any:
    """Run a script and return the model that it hands over.

    Parameters
    ----------
    settings
        What its ``ModelConfig`` has.

    Raises
    ------
    MalformedModel
        It fails, or hands nothing over.
    """
    name = f"nbtrack_model_{uuid.uuid4().hex}"
    spec = spec_from_file_location(name, path, loader=SourceOnly(name, str(path)))
    if spec is None or spec.loader is None:
        raise MalformedModel(f"{path} can't be run as Python.")
    module = module_from_spec(spec)
    # Dataclasses and pickles look up the module of a class by its name.
    sys.modules[name] = module
    try:
        _import_mlflow_for(path)
        with taking_model() as handover, with_settings(settings):
            spec.loader.exec_module(module)
            model = handover.model()
    except NbtrackError:
        raise
    except Exception as error:
        raise MalformedModel(f"The script of the model, {path.name}, fails. {_told(error)}") from error
    if model is None:
        raise MalformedModel(f"{path} hands no model over: it must call nbtrack.models.set_model(model).")
    return model


def _import_mlflow_for(path: Path) -> None:
    """Import MLflow before a script that does: only then its own ModelConfig can be given the settings."""
    with suppress(MalformedModel, ImportError):  # running it tells what is wrong, if it minds
        if any(name.partition(".")[0] == "mlflow" for name in imports_of_source(path)):
            importlib.import_module("mlflow.models")


def _told(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and str(error.name).partition(".")[0] == "mlflow":
        return (
            "It imports mlflow, which is not installed here: pip install mlflow-skinny, or write "
            "`import nbtrack as mlflow` in the script and save the model again."
        )
    hint = " It must import and define all that it uses." if isinstance(error, NameError) else ""
    return f"{type(error).__name__}: {error}.{hint}"


def _by_itself(source: str) -> str:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        raise InvalidInput(
            "The cell that calls set_model() can't be kept as a script: it holds magics or shell commands. "
            "Put the model into a cell of its own."
        ) from None
    called = {_called(node) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    if called & _LOGS:
        raise InvalidInput(
            "The cell that calls set_model() also saves the model, and would do so each time that it is loaded. "
            f"Put the call of {', '.join(sorted(called & _LOGS))}() into a cell of its own."
        )
    return source


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _of_function(function: Callable[..., Any]) -> str:
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        raise InvalidInput(f"The source of {function.__qualname__}() is not at hand any more.") from None
    code = function.__code__
    lacking = sorted(_global_names(code) - set(dir(builtins)) - {function.__name__})
    if lacking or code.co_freevars:
        names = ", ".join([*lacking, *code.co_freevars])
        raise InvalidInput(
            f"The source of {function.__qualname__}() makes no sense by itself, for it uses {names} from outside. "
            "Import and define it inside of the function, or write a script and give its path."
        )
    return f"import nbtrack\n\n\n{source}\n\nnbtrack.models.set_model({function.__name__})\n"


def _global_names(code: Any) -> set[str]:
    import dis

    own = {str(i.argval) for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    inner = (constant for constant in code.co_consts if inspect.iscode(constant))
    return own.union(*map(_global_names, inner))

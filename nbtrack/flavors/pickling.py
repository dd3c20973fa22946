"""Write and open pickles; open them only where the folder is this user's."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbtrack.errors import MalformedModel, UnsavableModel
from nbtrack.models import imports_of_pickle, require_trust

# What objects raise from __reduce__ and __getstate__ is up to them; these are what real ones raise.
_REFUSALS = (pickle.PicklingError, TypeError, AttributeError, ValueError, NotImplementedError, RecursionError)


def write_pickle(model: object, path: Path) -> frozenset[str]:
    """Write ``model`` by cloudpickle and return the import names of the packages that it refers to.

    Raises
    ------
    UnsavableModel
        A part of it can't be pickled; the message names the attribute.
    """
    import cloudpickle

    with explaining(model):
        content = cloudpickle.dumps(model)
    path.write_bytes(content)
    return packages_in(content)


@contextmanager
def explaining(model: object) -> Iterator[None]:
    """Turn a refusal to pickle ``model`` inside into an error that names the attribute that is to blame."""
    try:
        yield
    except _REFUSALS as error:
        culprit = _unpicklable_part(model)
        raise UnsavableModel(
            f"This {type(model).__name__} can't be saved: {culprit} can't be pickled ({error}). "
            "Leave it out in __getstate__ and make it again in load_context() or __setstate__."
        ) from error


def packages_in(pickled: bytes) -> frozenset[str]:
    """Return the import names of the packages that loading a pickle of cloudpickle needs."""
    return frozenset({name.partition(".")[0] for name in imports_of_pickle(pickled)} | {"cloudpickle"})


def read_pickle(directory: Path, name: str) -> Any:
    """Open the pickle ``name`` of a model folder that this user signed.

    Raises
    ------
    UntrustedModel
        This user didn't sign the folder, or it changed since.
    MalformedModel
        The file is missing or no whole pickle, or needs a module that is not there.
    """
    path = inner_path(directory, name)
    require_trust(directory, f"a pickle ({name})")
    try:
        with path.open("rb") as file:
            return pickle.load(file)  # noqa: S301 - signed by this user, see above
    except ModuleNotFoundError as error:
        raise MalformedModel(f"{path} can't be loaded: {_what_is_missing(error, directory)}") from error
    except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, UnicodeDecodeError) as error:
        raise MalformedModel(f"{path} can't be loaded: {error}") from error


def _what_is_missing(error: ModuleNotFoundError, directory: Path) -> str:
    name = str(error.name)
    if name.partition(".")[0] == "mlflow":
        return (
            "its pickle is made of MLflow's classes, and mlflow is not installed here: pip install mlflow-skinny. "
            "To do without, save the model again with nbtrack.pyfunc, or from code."
        )
    return (
        f"the module {name!r} is not installed here. If it is a package, install it as {directory}/requirements.txt "
        "says; if it is your own, save the model with code_paths=[...]."
    )


def inner_path(directory: Path, name: object) -> Path:
    """Return the path of a file that an MLmodel file names, refusing what leaves the folder or is not there."""
    path = directory / str(name)
    if not isinstance(name, str) or not path.resolve().is_relative_to(directory.resolve()):
        raise MalformedModel(f"The MLmodel file of {directory} names {name!r}, which is outside of the folder.")
    if not path.exists():
        raise MalformedModel(f"{directory} is incomplete: its file {name!r} is missing.")
    return path


def _unpicklable_part(model: object, path: str = "", depth: int = 0) -> str:
    import cloudpickle

    for name, value in _parts(model):
        try:
            cloudpickle.dumps(value)
        except _REFUSALS:
            inner = f"{path}{name}"
            return _unpicklable_part(value, inner, depth + 1) if depth < 8 else inner
    return f"{path.lstrip('.') or 'it'} ({type(model).__module__}.{type(model).__qualname__})"


def _parts(value: object) -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [(f"[{key!r}]", item) for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return [(f"[{position}]", item) for position, item in enumerate(value)]
    return [(f".{name}", item) for name, item in getattr(value, "__dict__", {}).items()]

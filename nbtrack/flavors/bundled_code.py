"""Modules in a model's ``code/`` folder: copied there, and importable for that model alone."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    PathFinder,
    SourceFileLoader,
)
from pathlib import Path
from types import CodeType, ModuleType

from nbtrack.errors import InvalidInput
from nbtrack.models import imports_of_source

CODE = "code"
_CACHES = shutil.ignore_patterns("__pycache__", "*.pyc", ".ipynb_checkpoints", ".git")


def copy_code(code_paths: Sequence[str | os.PathLike[str]], directory: Path) -> frozenset[str]:
    """Copy files and folders of Python code into a model folder and return the import names that they use.

    Raises
    ------
    InvalidInput
        One is not there, or two have one name.
    """
    target = directory / CODE
    for given in code_paths:
        source = Path(given).expanduser().absolute()
        if not source.exists():
            raise InvalidInput(f"The code path {str(given)!r} is not there (looked for {source}).")
        copy = target / source.resolve().name
        if copy.exists():
            raise InvalidInput(f"Two code paths are called {copy.name!r}: one module would hide the other.")
        target.mkdir(exist_ok=True)
        if source.is_dir():
            # The model may be saved in the folder that it takes along.
            shutil.copytree(source, copy, ignore=lambda folder, names: _left_out(folder, names, directory))
        else:
            shutil.copyfile(source, copy)
    return frozenset(name.partition(".")[0] for file in target.rglob("*.py") for name in imports_of_source(file))


def code_in(directory: Path) -> AbstractContextManager[None]:
    """Let a block import the code of the model folder ``directory``, if it has any."""
    folder = directory / CODE
    return BundledCode(folder).importable() if folder.is_dir() else nullcontext()


def _left_out(folder: str, names: list[str], directory: Path) -> set[str]:
    return _CACHES(folder, names) | {name for name in names if Path(folder, name) == directory}


class BundledCode:
    """The code of one loaded model.

    While a block runs under `importable`, its modules go by their own names, and whatever else has these names is out
    of the way; after it all is as it was, but the model keeps its modules. So two models, or a model and a notebook,
    may each have a module ``helper``. Threads of one model run beside each other; models whose names clash take turns
    (so a model must not wait for another thread that asks a model whose names clash with its own).
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self.names = frozenset(filter(None, map(_module_name, self._folder.iterdir())))
        self._modules: dict[str, ModuleType] = {}
        self._hidden: dict[str, ModuleType] = {}
        self._uses = 0

    @contextmanager
    def importable(self) -> Iterator[None]:
        """Let this thread import the model's modules."""
        self._enter()
        token = _ACTIVE.set((*_ACTIVE.get(), self))
        try:
            yield
        finally:
            _ACTIVE.reset(token)
            self._leave()

    def leave_imported(self) -> None:
        """Leave what was imported in `sys.modules`, for a model that will be used outside of any block."""
        with _TURNS:
            for name, module in self._modules.items():
                sys.modules.setdefault(name, module)

    def find(self, name: str, path: Sequence[str] | None) -> ModuleSpec | None:
        """Find a module below the folder; ``path`` is that of the package that it is in."""
        places = [self._folder] if path is None else [Path(place) for place in path]
        for place in places:
            if place.is_relative_to(self._folder):
                spec = FileFinder(str(place), *_LOADERS).find_spec(name)
                # A folder without __init__.py is a package only where nothing better has its name.
                if spec is not None and (spec.loader is not None or PathFinder.find_spec(name, path) is None):
                    return spec
        return None

    def _enter(self) -> None:
        with _TURNS:
            outer = _ACTIVE.get()
            while not self._uses and any(other not in outer and other.names & self.names for other in _IN_USE):
                _TURNS.wait()
            if not self._uses:
                self._hidden = self._taken()
                sys.modules.update(self._modules)
                _IN_USE.append(self)
                if _FINDER not in sys.meta_path:
                    sys.meta_path.insert(0, _FINDER)
            self._uses += 1

    def _leave(self) -> None:
        with _TURNS:
            self._uses -= 1
            if not self._uses:
                self._modules = self._taken()
                sys.modules.update(self._hidden)
                _IN_USE.remove(self)
                _TURNS.notify_all()

    def _taken(self) -> dict[str, ModuleType]:
        taken = [name for name in list(sys.modules) if name.partition(".")[0] in self.names]
        return {name: sys.modules.pop(name) for name in taken}


class SourceOnly(SourceFileLoader):
    """Reads sources only: a cached .pyc could be other code than what was looked at, and writing one changes a folder
    that is signed."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


class _Finder:
    """Asks the code of the models that this thread is in, the innermost first."""

    def find_spec(self, name: str, path: Sequence[str] | None, _target: object = None) -> ModuleSpec | None:
        found = (code.find(name, path) for code in reversed(_ACTIVE.get()))
        return next((spec for spec in found if spec is not None), None)


def _module_name(entry: Path) -> str | None:
    if entry.is_dir():
        return entry.name if entry.name.isidentifier() else None
    for suffix in (*EXTENSION_SUFFIXES, *SOURCE_SUFFIXES):
        if entry.name.endswith(suffix):
            return entry.name.removesuffix(suffix)
    return None


_LOADERS = ((SourceOnly, SOURCE_SUFFIXES), (ExtensionFileLoader, EXTENSION_SUFFIXES))
_FINDER = _Finder()
_TURNS = threading.Condition()
_IN_USE: list[BundledCode] = []
_ACTIVE: ContextVar[tuple[BundledCode, ...]] = ContextVar("nbtrack_model_code", default=())

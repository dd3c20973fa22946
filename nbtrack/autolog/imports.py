"""Doing something when a module is imported, without importing it for that."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from nbtrack.autolog.observation import complain

Action = Callable[[ModuleType], None]


class ImportWatch(MetaPathFinder):
    """Runs actions right after the modules that they wait for have been executed."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Action]] = {}
        self._searching: set[str] = set()

    def when_imported(self, name: str, action: Action) -> None:
        """Run ``action`` with the module ``name``: now if it is imported, else as soon as it is."""
        module = sys.modules.get(name)
        is_whole = module is not None and not getattr(module.__spec__, "_initializing", False)
        if module is not None and is_whole:
            _act(action, module)
            return
        self._waiting.setdefault(name, []).append(action)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def cancel(self) -> None:
        self._waiting.clear()
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002 the protocol's
    ) -> ModuleSpec | None:
        if fullname not in self._waiting or fullname in self._searching:
            return None
        self._searching.add(fullname)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._searching.discard(fullname)
        loader = spec.loader if spec is not None else None
        if loader is None:
            return None
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            del loader.exec_module  # the loader is as it was before
            execute(module)
            for action in self._waiting.pop(fullname, []):
                _act(action, module)

        loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _act(action: Action, module: ModuleType) -> None:
    try:
        action(module)
    except Exception as error:  # noqa: BLE001 an import by the user must not fail because of us
        complain(error)

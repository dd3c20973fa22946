"""Changing functions of a framework so that every change can be taken back exactly."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import CellType, FunctionType, ModuleType
from typing import Any
from weakref import WeakKeyDictionary

Function = Callable[..., Any]
Wrap = Callable[[Function], Function]


class Patches:
    """What was changed, and how to undo it. Undoing twice, or undoing what others changed since, does no harm."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []
        self._seen: set[tuple[int, str]] = set()
        # Wrapped method -> what it wraps. A class may take over a method of another that is wrapped already.
        self._originals: dict[Any, FunctionType] = {}

    def method(self, owner: type, name: str, wrap: Wrap) -> None:
        """Wrap a method that ``owner`` itself defines; one that it inherits, or that is something else, is left."""
        original = vars(owner).get(name)
        if original is None or (id(owner), name) in self._seen:
            return
        if isinstance(original, FunctionType):
            original = self._originals.get(original, original)
            wrapped = self._wrapped(original, wrap)
            setattr(owner, name, wrapped)
            self._undo.append(lambda: _restore_attribute(owner, name, wrapped, original))
        elif isinstance(function := getattr(original, "fn", None), FunctionType):
            # scikit-learn's available_if: a descriptor that holds the function, and hides it when it does not apply.
            descriptor, function = original, self._originals.get(function, function)
            wrapped = self._wrapped(function, wrap)
            descriptor.fn = wrapped
            self._undo.append(lambda: _restore_attribute(descriptor, "fn", wrapped, function))
        else:
            return
        self._seen.add((id(owner), name))

    def _wrapped(self, original: FunctionType, wrap: Wrap) -> Function:
        wrapped = _same_face(original, wrap(original))
        self._originals[wrapped] = original
        return wrapped

    def attribute(self, owner: Any, name: str, value: Any) -> None:
        """Set an attribute, to be restored or removed again."""
        had_it = name in vars(owner)
        original = vars(owner).get(name)
        setattr(owner, name, value)

        def undo() -> None:
            if had_it:
                setattr(owner, name, original)
            else:
                delattr(owner, name)

        self._undo.append(undo)

    def function(self, module: ModuleType, name: str, wrap: Wrap) -> None:
        """Wrap a function of a module for those who look it up there from now on."""
        original = getattr(module, name)
        self.attribute(module, name, _same_face(original, wrap(original)))

    def inside(self, function: FunctionType, variable: str, wrap: Wrap) -> bool:
        """Wrap the function that a decorated function holds in its closure under the name ``variable``.

        Unlike a replaced module attribute, this reaches everybody who imported the function before. Returns whether
        the function has such a variable.
        """
        cell = _closure(function).get(variable)
        original = cell.cell_contents if cell is not None else None
        if cell is None or not isinstance(original, FunctionType) or (id(cell), variable) in self._seen:
            return False
        cell.cell_contents = _same_face(original, wrap(original))
        self._seen.add((id(cell), variable))
        self._undo.append(lambda: setattr(cell, "cell_contents", original))
        return True

    def undo_by(self, undo: Callable[[], None]) -> None:
        """Take something else back with the rest: a hook of the framework's own, say."""
        self._undo.append(undo)

    def undo(self) -> None:
        while self._undo:
            self._undo.pop()()
        self._seen.clear()
        self._originals.clear()


def _closure(function: FunctionType) -> dict[str, CellType]:
    return dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))


def _restore_attribute(owner: Any, name: str, ours: Any, original: Any) -> None:
    current = vars(owner).get(name)
    if current is ours:
        setattr(owner, name, original)
    elif isinstance(current, FunctionType):
        _restore_wrapped(current, ours, original)


def _restore_wrapped(function: FunctionType, ours: Any, original: Any) -> None:
    """Let what somebody else wrapped around ours wrap the original.

    scikit-learn does so itself, to wrap what ``transform`` returns, when a class is made.
    """
    if getattr(function, "__wrapped__", None) is not ours:
        return  # theirs, and none of our business
    for cell in _closure(function).values():
        if cell.cell_contents is ours:
            cell.cell_contents = original
    function.__wrapped__ = original  # type: ignore[attr-defined]


def _same_face(original: Function, wrapper: Function) -> Function:
    functools.update_wrapper(wrapper, original)
    # Tools that read defaults and argument names must find the original's.
    wrapper.__signature__ = signature_of(original)  # type: ignore[attr-defined]
    return wrapper


# Reading them is most of what patching takes, and each tracked cell patches anew.
_signatures: WeakKeyDictionary[Function, inspect.Signature] = WeakKeyDictionary()


def signature_of(function: Function) -> inspect.Signature:
    """Return the signature of a function that will be asked for again."""
    signature = _signatures.get(function)
    if signature is None:
        signature = _signatures[function] = inspect.signature(function)
    return signature

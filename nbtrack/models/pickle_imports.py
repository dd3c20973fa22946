"""What a pickle would import, read from its instructions without following one of them."""

from __future__ import annotations

import pickletools
from pathlib import Path

from nbtrack.errors import MalformedModel

_UNICODE = ("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE")
_TEXTS = frozenset({*_UNICODE, "STRING", "BINSTRING", "SHORT_BINSTRING"})
_STORES = frozenset({"MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT"})
_RECALLS = frozenset({"BINGET", "LONG_BINGET", "GET"})
_TUPLES = frozenset({"TUPLE1", "TUPLE2", "TUPLE3", "TUPLE"})
_EXTENSIONS = frozenset({"EXT1", "EXT2", "EXT4"})
_SUBIMPORT = "cloudpickle.cloudpickle.subimport"
_MARK = object()
_UNKNOWN = "?"


def imports_of_pickle(content: bytes | Path) -> list[str]:
    """Return the ``module.name`` of all that loading the pickle would look up, sorted.

    A hostile pickle can hide names by building them while it runs; that it uses ``builtins.getattr``,
    ``importlib`` and the like is then in the list, and ``?`` stands for a part of a name that it takes from elsewhere.

    Raises
    ------
    MalformedModel
        The bytes are no complete pickle.

    Examples
    --------
    >>> import pickle, fractions
    >>> imports_of_pickle(pickle.dumps(fractions.Fraction(1, 2)))
    ['fractions.Fraction']
    """
    raw = content.read_bytes() if isinstance(content, Path) else content
    reader = _Reader()
    try:
        for code, argument, _position in pickletools.genops(raw):
            reader.step(code, argument)
    except (ValueError, IndexError, KeyError) as error:
        raise MalformedModel(f"This is no complete pickle: {error}") from None
    return sorted(reader.found)


class _Reader:
    """The stack and the memo of the pickle machine, with texts and names for values; None is anything else."""

    def __init__(self) -> None:
        self.found: set[str] = set()
        self._stack: list[object] = []
        self._memo: dict[int, object] = {}

    def step(self, code: pickletools.OpcodeInfo, argument: object) -> None:
        name = code.name
        if name in _STORES:
            self._memo[len(self._memo) if name == "MEMOIZE" else int(str(argument))] = self._stack[-1]
            return
        if name == "DUP":
            self._stack.append(self._stack[-1])
            return
        taken = self._take(code)
        self._stack.extend(self._result(name, argument, taken) for _ in code.stack_after)

    def _take(self, code: pickletools.OpcodeInfo) -> list[object]:
        """Pop what an instruction uses up, the deepest first."""
        before = code.stack_before
        if pickletools.markobject not in before:
            count = len(before)
        else:
            above_mark = self._stack[::-1].index(_MARK)
            count = above_mark + 1 + before.index(pickletools.markobject)
        if count > len(self._stack):
            raise ValueError("an instruction takes more than there is")
        taken = self._stack[len(self._stack) - count :]
        del self._stack[len(self._stack) - count :]
        return taken

    def _result(self, name: str, argument: object, taken: list[object]) -> object:
        if name == "MARK":
            return _MARK
        if name in _TEXTS:
            return str(argument)
        if name in _RECALLS:
            return self._memo[int(str(argument))]
        if name in ("GLOBAL", "INST"):
            return self._named(str(argument).replace(" ", ".", 1))
        if name == "STACK_GLOBAL":
            return self._named(".".join(part if isinstance(part, str) else _UNKNOWN for part in taken))
        if name in _EXTENSIONS:
            return self._named(f"copyreg extension {argument}")
        if name in _TUPLES:
            return tuple(value for value in taken if value is not _MARK)
        if name == "REDUCE" and taken[0] == _SUBIMPORT and isinstance(taken[1], tuple):
            # cloudpickle keeps a module that a function uses as the argument of its own import function.
            self.found.update(module for module in taken[1] if isinstance(module, str))
        return None

    def _named(self, found: str) -> str:
        self.found.add(found)
        return found

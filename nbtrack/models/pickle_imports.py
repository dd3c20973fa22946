"""What a pickle would import, read from its instructions without following one of them."""

from __future__ import annotations

import pickletools
from pathlib import Path

from nbtrack.errors import MalformedModel

_TEXTS = frozenset({"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE"})
_STORES = frozenset({"MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT"})
_RECALLS = frozenset({"BINGET", "LONG_BINGET", "GET"})
_SUBIMPORT = "cloudpickle.cloudpickle.subimport"


def imports_of_pickle(content: bytes | Path) -> list[str]:
    """Return the ``module.name`` of all that loading the pickle would look up, sorted.

    A hostile pickle can hide names by building them while it runs; that it uses ``builtins.getattr``,
    ``importlib`` and the like is then in the list.

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
            reader.step(code.name, argument)
    except (ValueError, IndexError, KeyError) as error:
        raise MalformedModel(f"This is no complete pickle: {error}") from None
    return sorted(reader.found)


class _Reader:
    """The part of the pickle machine that names things: what was pushed last, and the memo."""

    def __init__(self) -> None:
        self.found: set[str] = set()
        self._pushed: list[str] = []
        self._memo: dict[int, str] = {}

    def step(self, name: str, argument: object) -> None:
        if name in _TEXTS:
            self._pushed.append(str(argument))
        elif name in ("GLOBAL", "INST"):
            self._name(str(argument).replace(" ", ".", 1))
        elif name == "STACK_GLOBAL":
            self._name(".".join(self._pushed[-2:]))
        elif name in _STORES:
            key = len(self._memo) if name == "MEMOIZE" else int(str(argument))
            self._memo[key] = self._pushed[-1] if self._pushed else ""
        elif name in _RECALLS:
            self._pushed.append(self._memo.get(int(str(argument)), ""))
        elif name == "REDUCE" and self._pushed[-2:-1] == [_SUBIMPORT]:
            # cloudpickle keeps a module that a function uses as the argument of its own import function.
            self.found.add(self._pushed[-1])

    def _name(self, found: str) -> None:
        self.found.add(found)
        self._pushed.append(found)

from __future__ import annotations

from typing import Generic, TypeVar

MAX_KEPT = 10_000

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """The values that were put in last, by key; the oldest are forgotten. Threads may share one."""

    def __init__(self, most: int = MAX_KEPT) -> None:
        self._values: dict[Key, Value] = {}
        self._most = most

    def get(self, key: Key) -> Value | None:
        return self._values.get(key)

    def put(self, key: Key, value: Value) -> None:
        self._values.pop(key, None)
        self._values[key] = value
        self._trim()

    def setdefault(self, key: Key, value: Value) -> Value:
        kept = self._values.setdefault(key, value)
        self._trim()
        return kept

    def forget(self, key: Key) -> None:
        self._values.pop(key, None)

    def items(self) -> list[tuple[Key, Value]]:
        return list(self._values.items())

    def _trim(self) -> None:
        while len(self._values) > self._most:
            self._values.pop(next(iter(self._values)), None)

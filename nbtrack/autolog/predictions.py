"""Knowing again what a model predicted, so that a score computed from it finds its model."""

from __future__ import annotations

import weakref
from typing import Any

from nbtrack.autolog.observation import NamedData

MAX_REMEMBERED = 1_000


class Predictions:
    """Outputs of models by identity. Neither outputs nor models are kept alive by being here."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[weakref.ref[Any], weakref.ref[Any], str | None]] = {}

    def remember(self, output: Any, estimator: Any, data: NamedData) -> None:
        self._remember(output, estimator, data)
        # A view of an output that is a view itself refers to what both look at.
        owner = getattr(output, "base", None)
        if owner is not None and owner is not data.value and owner is not getattr(data.value, "base", None):
            self._remember(owner, estimator, data)

    def _remember(self, output: Any, estimator: Any, data: NamedData) -> None:
        key = id(output)
        try:
            entry = (weakref.ref(output, lambda _: self._made.pop(key, None)), weakref.ref(estimator), data.name)
        except TypeError:
            return  # a list, say, which can't be referred to weakly
        if len(self._made) >= MAX_REMEMBERED:
            self._made.pop(next(iter(self._made)))
        self._made[key] = entry

    def find(self, *candidates: Any) -> tuple[Any, str | None] | None:
        """Return the estimator, and the name of its input, behind the first candidate that is known.

        A view, such as ``probabilities[:, 1]``, is known by what it is a view of.
        """
        for candidate in candidates:
            while candidate is not None:
                entry = self._made.get(id(candidate))
                if entry is not None and entry[0]() is candidate:
                    estimator = entry[1]()
                    return None if estimator is None else (estimator, entry[2])
                candidate = getattr(candidate, "base", None)
        return None

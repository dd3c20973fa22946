"""Models that are kept as the source that makes them: handing the model over while that source runs."""

from __future__ import annotations

import linecache
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from nbtrack.errors import InvalidInput

_MLFLOW, _MLFLOW_S_PLACE = "mlflow.models.model", "__mlflow_model__"


class Handover:
    """Where `set_model` puts the model of the source that is running."""

    def __init__(self) -> None:
        self._given: list[object] = []

    def put(self, model: object) -> None:
        self._given = [model]

    def model(self) -> object | None:
        """Return what the source handed over, to nbtrack or to MLflow; None where it did neither."""
        return self._given[0] if self._given else getattr(sys.modules.get(_MLFLOW), _MLFLOW_S_PLACE, None)


def set_model(model: Any) -> None:
    """Say which object is the model that this script, or this notebook cell, makes.

    Parameters
    ----------
    model
        A ``PythonModel`` or a function.

    Raises
    ------
    InvalidInput
        It is a class or a path.
    """
    if isinstance(model, (str, type)):
        raise InvalidInput("set_model() takes the model itself: an instance of a PythonModel, or a function.")
    handover = _HANDOVER.get()
    if handover is not None:
        handover.put(model)
        return
    caller = sys._getframe(1).f_code.co_filename  # noqa: SLF001 - who calls is in no public place
    _remember(model, "".join(linecache.getlines(caller)))
    if _MLFLOW in sys.modules:
        # MLflow runs the script, and looks for the model here.
        setattr(sys.modules[_MLFLOW], _MLFLOW_S_PLACE, model)


@contextmanager
def taking_model() -> Iterator[Handover]:
    """Take the model that the source in this block hands over."""
    handover = Handover()
    mlflow = sys.modules.get(_MLFLOW)
    if mlflow is not None:
        setattr(mlflow, _MLFLOW_S_PLACE, None)
    token = _HANDOVER.set(handover)
    try:
        yield handover
    finally:
        _HANDOVER.reset(token)


def source_that_set(model: object) -> str | None:
    """Return the source of the cell or script that called ``set_model(model)`` last, or None."""
    stated, source = _STATED.get(id(model), (None, None))
    return source if stated is not None and stated() is model else None


def _remember(model: Any, source: str) -> None:
    place = id(model)
    with suppress(TypeError):  # few objects can't be referred to without being kept alive
        _STATED[place] = (weakref.ref(model, lambda _: _STATED.pop(place, None)), source)


_HANDOVER: ContextVar[Handover | None] = ContextVar("nbtrack_model_handover", default=None)
_STATED: dict[int, tuple[weakref.ref[Any], str]] = {}

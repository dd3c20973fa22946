from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from nbtrack.autolog.observation import NamedData

_INTERNAL = ("nbtrack.", "sklearn.", "joblib.")


def named(value: Any) -> NamedData:
    """Give a value the name that it has where user code made the current call."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 inspect.currentframe() is this, slower
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith(_INTERNAL):
        frame = frame.f_back
    if frame is None:
        return NamedData(value, None)
    for scope in (frame.f_locals, frame.f_globals):
        for name, candidate in list(scope.items()):  # another thread may bind names meanwhile
            # `_` and `_12` are IPython's copies of what was displayed.
            if candidate is value and not name.startswith("_"):
                return NamedData(value, name)
    return NamedData(value, None)

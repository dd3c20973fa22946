"""The active model: which logged model metrics belong to where none is named. Each thread has its own."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import NamedTuple

from nbtrack.entities import LoggedModel
from nbtrack.tracking.workspace import get_tracking_uri


class _Choice(NamedTuple):
    model_id: str
    tracking_uri: str


class _OfThread(threading.local):
    choice: _Choice | None = None


_active = _OfThread()


@dataclass(frozen=True)
class ActiveModel(LoggedModel):
    """A logged model that is active; at the end of a ``with`` block the one before is so again."""

    before: _Choice | None = field(default=None, repr=False, compare=False)

    @classmethod
    def activate(cls, model: LoggedModel) -> ActiveModel:
        """Make a model of the open store the active one of this thread."""
        before, _active.choice = _active.choice, _Choice(model.model_id, get_tracking_uri())
        return cls(**vars(model), before=before)

    def __enter__(self) -> ActiveModel:
        return self

    def __exit__(self, *_: object) -> None:
        _active.choice = self.before


def get_active_model_id() -> str | None:
    """Return the id of the logged model that ``set_active_model`` named, in this thread; None without one.

    It belongs to its store, and is none of another's.
    """
    choice = _active.choice
    return choice.model_id if choice is not None and choice.tracking_uri == get_tracking_uri() else None


def clear_active_model() -> None:
    """Let no model be active in this thread."""
    _active.choice = None

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import sqlalchemy as sa

from nbtrack.errors import NbtrackError

BUSY_TIMEOUT_S = 60.0
"""How long who writes waits for others who do."""


class Backend(Protocol):
    """Connections to one database, and what only its kind does. Errors of its driver pass through."""

    @property
    def driver_error(self) -> type[Exception]:
        """The base of the errors that its driver raises."""
        ...

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection whose statements all see one state."""
        ...

    def writing(self, patience_s: float) -> AbstractContextManager[sa.Connection]:
        """Give a connection in a transaction that no other writes beside, once it is its turn.

        One writer at a time: the change counter grows in the order of the commits, and nobody waits in a circle.
        """
        ...

    def explain(self, error: BaseException, uri: str) -> NbtrackError:
        """Say what an error of the driver means for the user of the store at ``uri``."""
        ...

    def prepare(self) -> None:
        """Do what comes before the tables are made or changed, and can't be done in a transaction."""
        ...

    def complete(self, connection: sa.Connection) -> None:
        """Do what the tables don't say, once they are made or changed."""
        ...

    def sync(self) -> None:
        """Bring what is committed to the disk; OSError if that fails."""
        ...

    def damage(self, connection: sa.Connection) -> Sequence[str]:
        """Look through everything, and say what is damaged."""
        ...

    def is_there(self) -> bool: ...
    def change_token(self) -> int: ...
    def close(self) -> None: ...
    def before_fork(self) -> None:
        """Close the connections that must not be open in two processes."""
        ...

    def after_fork_in_parent(self) -> None: ...
    def after_fork_in_child(self) -> None:
        """Drop connections without closing them: they belong to the parent."""
        ...

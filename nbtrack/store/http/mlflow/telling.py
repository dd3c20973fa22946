"""What the server refuses for good is told, once, and left out: it would hold up all that comes after it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from nbtrack.errors import NbtrackError, StoreUnavailable

MAX_TOLD = 1000
_logger = logging.getLogger("nbtrack")


class Telling:
    def __init__(self) -> None:
        self._told: set[str] = set()

    def tell(self, message: str) -> None:
        if message not in self._told and len(self._told) < MAX_TOLD:
            self._told.add(message)
            _logger.warning("nbtrack: %s", message)

    def attempt(self, act: Callable[..., None], *args: Any, **options: Any) -> None:
        """Do something, and tell what the server refuses of it.

        Raises
        ------
        StoreUnavailable
        """
        try:
            act(*args, **options)
        except StoreUnavailable:
            raise
        except NbtrackError as refusal:
            self.tell(f"something that was logged is refused and not kept. {refusal}")

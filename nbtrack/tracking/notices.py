"""Telling the user of what tracking could not do, without getting in the way of what the user does."""

from __future__ import annotations

import logging
import sys

_logger = logging.getLogger("nbtrack")


def tell(message: str) -> None:
    """Say in one line what the user may want to know."""
    print(f"nbtrack: {message}", file=sys.stderr)  # noqa: T201


def notify(message: str, error: BaseException) -> None:
    """Say it in one line; the traceback goes to the log.

    Not a Python warning: notebooks often silence those, or turn them into errors.
    """
    _logger.debug(message, exc_info=error)
    tell(message)

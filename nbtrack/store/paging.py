"""Tokens of pages: opaque to who asks, and good for one question only."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from nbtrack.errors import InvalidInput

MAX_TOKEN_LENGTH = 200_000
Scalar: TypeAlias = str | int | float | None


@dataclass(frozen=True)
class Position:
    """Where a page ended: what the last row had of each key of the order, and what its search took as now."""

    values: tuple[Scalar, ...]
    now_ms: int


def write_token(position: Position, question: Sequence[object]) -> str:
    """Make the token for what follows ``position`` among the answers to ``question``, which can be printed as JSON."""
    document = json.dumps([_digest(question), position.now_ms, *position.values], separators=(",", ":"))
    return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")


def read_token(token: str, question: Sequence[object]) -> Position:
    """Read a token.

    Raises
    ------
    InvalidInput
        It is no token, or one of another question.
    """
    try:
        if len(token) > MAX_TOKEN_LENGTH:
            raise ValueError(token)
        document = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        digest, now_ms, *values = document
        if not (_is_time(now_ms) and all(_is_scalar(value) for value in values)):
            raise ValueError(token)
    except (ValueError, TypeError, RecursionError):
        raise InvalidInput(
            f"{token[:40]!r} is no page token. Ask for the first page without one; its answer has the next."
        ) from None
    if digest != _digest(question):
        raise InvalidInput(
            "This page token belongs to another search: the filter, the order or the place to look in differ. "
            "Ask for the first page without a token."
        )
    return Position(tuple(values), now_ms)


def damaged_token() -> InvalidInput:
    """Say that a token's values don't fit its order, which happens to none that was given out."""
    return InvalidInput("This page token is damaged. Ask for the first page without one.")


def _digest(question: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(question).encode()).hexdigest()[:16]


def _is_time(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**62


def _is_scalar(value: object) -> bool:
    if type(value) is int:
        return -(2**63) <= value < 2**63
    return value is None or isinstance(value, str) or (isinstance(value, float) and value == value)

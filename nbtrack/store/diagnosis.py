"""What an examination of a store finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be, and what to do about it.

    ``kind`` names it for programs. ``repair`` puts it right without deleting what somebody may want; None where that
    is for the user to decide.
    """

    kind: str
    message: str
    advice: str
    repair: Callable[[], object] | None = field(default=None, repr=False, compare=False)

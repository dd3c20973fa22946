from __future__ import annotations

from enum import IntEnum


class ViewType(IntEnum):
    """Which runs or experiments a search looks at, by what has become of them."""

    ACTIVE_ONLY = 1
    DELETED_ONLY = 2
    ALL = 3

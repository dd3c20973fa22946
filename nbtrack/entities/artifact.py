from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StoredFile:
    """What an artifact was when it was stored.

    ``path`` is below the owner's artifacts; ``digest`` names its algorithm: ``xxh3_128:...``; the time is
    milliseconds since the epoch.
    """

    path: str
    size_bytes: int
    digest: str
    stored_at_ms: int

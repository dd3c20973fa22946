"""What waits in memory while the disk takes nothing more."""

from __future__ import annotations

from collections import deque

from nbtrack.outbox.segments import Segment

MAX_UNWRITTEN_BYTES = 64 * 1024 * 1024


class Unwritten:
    """Frames in their order, up to ``MAX_UNWRITTEN_BYTES``."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque()
        self.size_bytes = 0

    def __bool__(self) -> bool:
        return bool(self._frames)

    def keep(self, frame: bytes) -> bool:
        """Keep a frame; False if there is no room for it."""
        if self.size_bytes + len(frame) > MAX_UNWRITTEN_BYTES:
            return False
        self._frames.append(frame)
        self.size_bytes += len(frame)
        return True

    def write_to(self, segment: Segment) -> None:
        """Write what waits, as far as the disk takes it now."""
        while self._frames:
            try:
                segment.append(self._frames[0])
            except OSError:
                return
            self.size_bytes -= len(self._frames.popleft())

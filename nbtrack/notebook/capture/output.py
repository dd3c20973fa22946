from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

MAX_CHARACTERS = 1_000_000
LEFT_OUT = "\n[nbtrack: the output goes on; only its first million characters are kept]\n"


class OutputCapture:
    """Keeps a copy of what a cell prints, while it goes where it goes."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._restore: list[Callable[[], None]] = []

    def start(self) -> None:
        self._listen(sys.stdout)
        if sys.stderr is not sys.stdout:
            self._listen(sys.stderr)

    def stop(self) -> None:
        for restore in self._restore:
            restore()
        self._restore.clear()

    def text(self) -> str:
        """Return what was printed as a terminal would show it: without overwritten progress bars."""
        lines = "".join(self._parts).split("\n")
        return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)

    def _listen(self, stream: Any) -> None:
        # What hears an enclosing cell: it goes on hearing when this one is over.
        of_outer = getattr(stream, "__dict__", {}).get("write")
        write = stream.write

        def listening_write(text: str) -> Any:
            self._keep(text)
            return write(text)

        try:
            # On the object itself: loggers and progress bars hold on to the stream.
            stream.write = listening_write
        except AttributeError:
            return  # a terminal's stream, written in C

        def restore() -> None:
            if stream.write is not listening_write:
                return  # somebody else replaced it meanwhile
            if of_outer is None:
                del stream.write
            else:
                stream.write = of_outer

        self._restore.append(restore)

    def _keep(self, text: object) -> None:
        if not isinstance(text, str) or self._length > MAX_CHARACTERS:
            return
        room = MAX_CHARACTERS - self._length
        self._length += len(text)
        self._parts.append(text[:room] if len(text) <= room else text[:room] + LEFT_OUT)

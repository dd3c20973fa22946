"""Two names of one thing: nbtrack names it when it begins, an MLflow server when it hears of it."""

from __future__ import annotations

MAX_REMEMBERED = 100_000


class Names:
    """Remembers which id of ours goes with which of the server's."""

    def __init__(self) -> None:
        self._servers: dict[str, str] = {}
        self._here: dict[str, str] = {}

    def note(self, ours: str, server: str) -> None:
        if len(self._servers) >= MAX_REMEMBERED:
            self._servers.clear()
            self._here.clear()
        self._servers[ours] = server
        if ours != server:
            self._here[server] = ours

    def note_shown(self, ours: str, server: str) -> str:
        """Remember under which id something is shown, be it the server's own, and return that."""
        self.note(ours, server)
        self._here[server] = ours
        return ours

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass

TIMEOUT_S = 20


@dataclass(frozen=True)
class GitState:
    commit: str
    is_dirty: bool


class GitLookup:
    """Asks git about the working folder in the background: a large work tree takes it a second to look through."""

    def __init__(self) -> None:
        self._state: GitState | None = None
        self._on_answer: Callable[[GitState], None] | None = None
        self._lock = threading.Lock()
        threading.Thread(target=self._ask, name="nbtrack-git", daemon=True).start()

    def tell(self, on_answer: Callable[[GitState], None]) -> GitState | None:
        """Return the answer if it is there; else call ``on_answer`` with it, from another thread, when it is."""
        with self._lock:
            if self._state is None:
                self._on_answer = on_answer
            return self._state

    def _ask(self) -> None:
        commit = _git("rev-parse", "HEAD")
        if commit is None:
            return
        status = _git("status", "--porcelain", "--untracked-files=no")
        with self._lock:
            self._state = state = GitState(commit.strip(), bool(status and status.strip()))
            on_answer = self._on_answer
        if on_answer is not None:
            on_answer(state)


def _git(*arguments: str) -> str | None:
    command = ["git", "--no-optional-locks", *arguments]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout if answer.returncode == 0 else None

"""A child process of the server: its output kept in bounds, ended with its whole group."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

MAX_LOG_BYTES = 256 * 1024
GRACE_S = 5.0
MAX_WORDS_LENGTH = 2000
_ERROR = "Error: "
_TETHER = Path(__file__).with_name("tether.py")


class LogTail:
    """The last lines that a process wrote, at most 256 KB."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: deque[bytes] = deque()
        self._size = 0

    def append(self, line: bytes) -> None:
        """Add a line and drop the oldest ones that no longer fit."""
        kept = line[-MAX_LOG_BYTES:]
        with self._lock:
            self._lines.append(kept)
            self._size += len(kept)
            while self._size > MAX_LOG_BYTES:
                self._size -= len(self._lines.popleft())

    @property
    def text(self) -> str:
        """The kept lines."""
        with self._lock:
            return b"".join(self._lines).decode("utf-8", "replace")

    @property
    def last_words(self) -> str:
        """What went wrong: the message that nbtrack's commands end with, else the last line, as of a traceback."""
        lines = [line.rstrip() for line in self.text.splitlines() if line.strip()]
        starts = [position for position, line in enumerate(lines) if line.startswith(_ERROR)]
        if starts:
            return "\n".join(lines[starts[-1] :]).removeprefix(_ERROR)[:MAX_WORDS_LENGTH]
        return lines[-1].strip()[:MAX_WORDS_LENGTH] if lines else ""


class Child:
    """A process that ends with the server, also when the server is killed (on Linux).

    Parameters
    ----------
    command
        The program's path and its arguments; no shell is involved.
    on_exit
        Called once, in a thread, with the exit code.
    """

    def __init__(
        self, command: Sequence[str], *, folder: Path, environment: Mapping[str, str], on_exit: Callable[[int], None]
    ) -> None:
        self.log = LogTail()
        self._command, self._folder, self._environment = list(command), folder, dict(environment)
        self._on_exit = on_exit
        self._process: subprocess.Popen[bytes] | None = None
        self._spawned = threading.Event()
        # The death signal is sent when the *thread* that spawned ends; this one lives as long as the child.
        self._thread = threading.Thread(target=self._run, name="nbtrack-child", daemon=True)

    def start(self) -> None:
        """Start the process; returns when it has been spawned."""
        self._thread.start()
        self._spawned.wait()

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._thread.is_alive()

    def terminate(self, *, grace_s: float = GRACE_S) -> None:
        """End the process and its group: asked first, killed after ``grace_s`` seconds. Waits for the end."""
        for sign in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
            self._signal(sign)
            self._thread.join(grace_s)
            if not self._thread.is_alive():
                return

    def _signal(self, sign: signal.Signals) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        try:
            if hasattr(os, "killpg"):
                os.killpg(process.pid, sign)
            else:
                process.send_signal(sign)
        except ProcessLookupError:
            return  # it ended in between

    def _run(self) -> None:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(_TETHER), str(os.getpid()), *self._command],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            self.log.append(f"{error}\n".encode())
            self._on_exit(-1)
            return
        finally:
            self._spawned.set()
        assert self._process.stdout is not None  # noqa: S101 - for the type checker
        with self._process.stdout as output:
            for line in iter(lambda: output.readline(MAX_LOG_BYTES), b""):
                self.log.append(line)
        self._on_exit(self._process.wait())

"""Several processes that serve one socket, and the one that starts them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TypeAlias

from nbtrack.errors import InvalidState

Work: TypeAlias = Callable[[socket.socket], None]
EARLY_S = 5.0
"""A worker that gives up sooner would do so again; one that was killed gets a successor at once."""
STOP_S = 10.0
_SPAWN = multiprocessing.get_context("spawn")


class Workers:
    """Runs ``work`` in ``count`` processes, and again in place of one that died.

    ``work`` goes to other processes, and returns when SIGTERM or SIGINT tells it to.
    """

    def __init__(self, work: Work, listening: socket.socket, count: int) -> None:
        self._work, self._listening, self._count = work, listening, count
        self._stop_reader, self._stop_writer = socket.socketpair()
        # The workers read from one end; it ends when this process does, however that is.
        self._tether, self._held = _SPAWN.Pipe(duplex=False)
        self._started: dict[BaseProcess, float] = {}

    def run(self) -> None:
        """Return when SIGTERM or SIGINT came, and all workers are through.

        Raises
        ------
        InvalidState
            A worker can't start.
        """
        handlers = {number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            for _ in range(self._count):
                self._start()
            while not self._is_told_to_stop():
                self._replace_dead()
        finally:
            self._end()
            for number, before in handlers.items():
                signal.signal(number, before)

    def _start(self) -> None:
        process = _SPAWN.Process(target=_run_worker, args=(self._work, self._listening, self._tether))
        process.start()
        self._started[process] = time.monotonic()

    def _is_told_to_stop(self) -> bool:
        return self._stop_reader in wait([self._stop_reader, *(process.sentinel for process in self._started)])

    def _replace_dead(self) -> None:
        for process in [process for process in self._started if not process.is_alive()]:
            lived_s = time.monotonic() - self._started.pop(process)
            if lived_s < EARLY_S and process.exitcode is not None and process.exitcode > 0:
                raise InvalidState("A worker process ended as soon as it had started; the log above says why.")
            self._start()

    def _end(self) -> None:
        for process in self._started:
            process.terminate()
        for process in self._started:
            process.join(STOP_S)
            if process.is_alive():
                process.kill()
                process.join()
        for each in (self._stop_reader, self._stop_writer, self._tether, self._held):
            each.close()

    def _stop(self, *_: object) -> None:
        self._stop_writer.send(b".")


def _run_worker(work: Work, listening: socket.socket, tether: Connection) -> None:
    threading.Thread(target=_end_with_parent, args=(tether,), daemon=True).start()
    with suppress(KeyboardInterrupt):
        work(listening)


def _end_with_parent(tether: Connection) -> None:
    with suppress(EOFError, OSError):
        tether.recv_bytes()
    os.kill(os.getpid(), signal.SIGTERM)

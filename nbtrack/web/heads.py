"""How long a client may take to say what it asks, and how much that may be; uvicorn itself waits for ever."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

HEAD_TIMEOUT_S = 20.0
MAX_HEAD_BYTES = 64 * 1024


def patient_protocol(head_timeout_s: float = HEAD_TIMEOUT_S) -> type[asyncio.Protocol]:
    """Return uvicorn's protocol, closing connections whose request's head is not whole within a time and a size.

    A connection that sends nothing is closed after this time, too; one that had an answer may stay silent for as long
    as uvicorn keeps it alive.
    """
    return type("PatientProtocol", (_Patience, AutoHTTPProtocol), {"head_timeout_s": head_timeout_s})


class _Patience(asyncio.Protocol):
    """Goes before one of uvicorn's protocols, which have ``cycle``: the request that is being answered, or was last."""

    head_timeout_s = HEAD_TIMEOUT_S
    cycle: Any

    def connection_made(self, transport: Any) -> None:
        self._waited_for = transport
        self._waiting: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_answering():
            self._end_waiting()
            return
        self._wait()
        # After an early answer, a refusal, the rest of the body comes.
        if self.cycle is None or not self.cycle.more_body:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._give_up()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_waiting()
        super().connection_lost(exc)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        if self._waiting is None:
            self._head_bytes = 0
            self._waiting = asyncio.get_running_loop().call_later(self.head_timeout_s, self._give_up)

    def _end_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._end_waiting()
        if not self._is_answering():  # a request may have come with the one before it
            self._waited_for.close()

"""Who may ask: the names under which a server answers, so that no web page reaches it by another one."""

from __future__ import annotations

import fnmatch
import ipaddress
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class AllowedHosts:
    """Names under which a server answers, beside those of loopback.

    ``any_address`` lets every IP address pass: a web page that points its own name at this machine has a name.
    ``names`` may have wildcards, as in ``*.example.com``; ``*`` allows every name.
    """

    names: tuple[str, ...] = ()
    any_address: bool = False

    @classmethod
    def of(cls, names: Iterable[str], *, any_address: bool = False) -> AllowedHosts:
        return cls(tuple(name.strip().lower() for name in names if name.strip()), any_address)

    def allows_host(self, host: str) -> bool:
        """Tell whether a Host header names this server."""
        name = _name_of(host)
        if name == "localhost" or any(fnmatch.fnmatchcase(name, allowed) for allowed in self.names):
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return self.any_address or address.is_loopback

    def allows_origin(self, origin: str) -> bool:
        """Tell whether an Origin header is of a page of this server; most clients send none."""
        return not origin or self.allows_host(origin.partition("://")[2])


LOOPBACK = AllowedHosts()


class HostGuard:
    """Answers only requests to an allowed host, and none from a web page of elsewhere."""

    def __init__(self, app: AsgiApp, allowed: AllowedHosts) -> None:
        self._app, self._allowed = app, allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refusal := self._refusal(scope)):
            await send_error(send, 403, "PERMISSION_DENIED", refusal)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> str:
        headers = dict(scope["headers"])
        host, origin = (headers.get(name, b"").decode("latin-1") for name in (b"host", b"origin"))
        if not self._allowed.allows_host(host):
            return f"This server does not answer under the name {host!r}; who runs it can allow more names."
        if not self._allowed.allows_origin(origin):
            return "This server does not answer web pages of elsewhere."
        return ""


async def send_error(
    send: Send, status: int, code: str, message: str, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send an error as every server here has it."""
    body = json.dumps({"error_code": code, "message": message}).encode()
    length = (b"content-length", str(len(body)).encode())
    start = {"type": "http.response.start", "status": status}
    await send(start | {"headers": [(b"content-type", b"application/json"), length, *headers]})
    await send({"type": "http.response.body", "body": body})


def _name_of(host: str) -> str:
    """Return a Host header without its port, in lower case."""
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return name.lower().rstrip(".")

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


_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True)
class AllowedHosts:
    """Names under which a server answers, beside those of loopback.

    ``any_address`` lets every IP address pass: a web page that points its own name at this machine has a name.
    ``names`` may have wildcards, as in ``*.example.com``; ``*`` allows every name. A name may have a port, as in
    ``example.com:8443``, where a proxy answers on one that is not its scheme's.
    """

    names: tuple[str, ...] = ()
    any_address: bool = False

    @classmethod
    def of(cls, names: Iterable[str], *, any_address: bool = False) -> AllowedHosts:
        return cls(tuple(name.strip().lower() for name in names if name.strip()), any_address)

    def allows_host(self, host: str) -> bool:
        """Tell whether a Host header names this server."""
        name, _ = _split(host)
        if name == "localhost" or any(fnmatch.fnmatchcase(name, _split(allowed)[0]) for allowed in self.names):
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return self.any_address or address.is_loopback

    def allows_origin(self, origin: str, host: str) -> bool:
        """Tell whether an Origin header is of a page of this server; most clients send none.

        Such a page has the address that was asked, the Host header, whatever stands before the server for TLS. A proxy
        that puts another Host in its place is known by the names that were allowed, on its scheme's own port or on the
        one that was allowed with it. What else answers on this machine has another port, and is somebody else.
        """
        if not origin:
            return True
        scheme, _, netloc = origin.lower().partition("://")
        usual = _PORTS.get(scheme)
        if usual is None:
            return False
        name, port = _split(netloc)
        asked, asked_port = _split(host)
        if (name, port or usual) == (asked, asked_port or usual):
            return True
        named = (_split(allowed) for allowed in self.names if allowed != "*")
        return any(fnmatch.fnmatchcase(name, known) and (port or usual) == (at or usual) for known, at in named)


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
        if not self._allowed.allows_origin(origin, host):
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


def _split(host: str) -> tuple[str, str]:
    """Return the name of a Host header, in lower case, and its port, which may be empty."""
    if host.startswith("["):
        name, _, rest = host[1:].partition("]")
        port = rest.removeprefix(":")
    elif host.count(":") > 1:
        name, port = host, ""  # an address of IPv6 as people write it
    else:
        name, _, port = host.partition(":")
    return name.lower().rstrip("."), port

"""Who asks, as far as an answer depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nbtrack.web import Scope


@dataclass(frozen=True)
class Caller:
    """A client: at which URL it reaches this API, and what it sends as Authorization."""

    url: str
    authorization: str = field(default="", repr=False)

    @classmethod
    def of(cls, scope: Scope, headers: Mapping[bytes, bytes]) -> Caller:
        """Read a request. Who lies about where the server is misleads only itself."""
        forwarded = headers.get(b"x-forwarded-proto", b"").decode("latin-1")
        scheme = forwarded if forwarded in ("http", "https") else scope["scheme"]
        host, authorization = (headers.get(name, b"").decode("latin-1") for name in (b"host", b"authorization"))
        return cls(f"{scheme}://{host}{scope.get('root_path', '')}", authorization)

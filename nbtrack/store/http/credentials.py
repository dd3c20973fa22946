"""How a process proves to a tracking server who it is: as MLflow's clients do it, and by nbtrack's own variable."""

from __future__ import annotations

import base64
import logging
import netrc
import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from nbtrack.errors import InvalidInput

TOKEN_VARIABLE = "NBTRACK_TRACKING_TOKEN"  # noqa: S105 the name of a variable
_MLFLOW = "MLFLOW_TRACKING_"

_logger = logging.getLogger("nbtrack")


@dataclass(frozen=True)
class Address:
    """A server's base URL, fit for messages, and apart from it the header that proves who asks."""

    url: str
    authorization: str | None = field(default=None, repr=False)


def address_of(uri: str) -> Address:
    """Split a tracking URI into its place and what authorises requests to it.

    A name and password in the URI come first, then ``NBTRACK_TRACKING_TOKEN``, then MLflow's variables (name and
    password, token), then the machine's entry in ``~/.netrc``.
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host:
        raise InvalidInput("The tracking URI names no server. Write it as http://HOST:PORT.")
    place = f"[{host}]" if ":" in host else host
    netloc = place if port is None else f"{place}:{port}"
    url = urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))
    return Address(url, _of_uri(parts.username, parts.password) or _of_environment() or _of_netrc(host))


def tls_context() -> ssl.SSLContext:
    """Return how servers are verified: by the system's authorities, or as MLflow's variables say."""
    bundle = os.environ.get(f"{_MLFLOW}SERVER_CERT_PATH") or None
    context = ssl.create_default_context(cafile=bundle)
    if os.environ.get(f"{_MLFLOW}INSECURE_TLS", "").strip().lower() in ("1", "true"):
        _logger.warning(
            "nbtrack: %sINSECURE_TLS is set: whoever sits between here and the tracking server can read and change "
            "what is logged. Use %sSERVER_CERT_PATH for a certificate of your own.",
            _MLFLOW,
            _MLFLOW,
        )
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificate = os.environ.get(f"{_MLFLOW}CLIENT_CERT_PATH")
    if certificate:
        context.load_cert_chain(certificate)
    return context


def _of_uri(name: str | None, password: str | None) -> str | None:
    return None if name is None else _basic(unquote(name), unquote(password or ""))


def _of_environment() -> str | None:
    token = os.environ.get(TOKEN_VARIABLE)
    name, password = os.environ.get(f"{_MLFLOW}USERNAME"), os.environ.get(f"{_MLFLOW}PASSWORD")
    if not token and name and password:
        return _basic(name, password)
    token = token or os.environ.get(f"{_MLFLOW}TOKEN")
    return f"Bearer {token}" if token else None


def _of_netrc(host: str) -> str | None:
    file = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    try:
        found = netrc.netrc(str(file)).authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return None if found is None else _basic(found[0] or found[1] or "", found[2] or "")


def _basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()

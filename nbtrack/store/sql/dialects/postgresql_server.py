"""Connections to a PostgreSQL server, as a URI says, and what libpq's environment and files add to that."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, Any

from nbtrack.errors import InvalidInput, MissingPackage
from nbtrack.settings import redact

if TYPE_CHECKING:
    import psycopg

CONNECT_TIMEOUT_S = 5
_SCHEMES = re.compile(r"^postgresql(\+psycopg)?://|^postgres://")
_SCHEMA_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
# A server that went away without a word, as behind a network that is gone, is noticed within half a minute.
_WATCH = {
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}


class PostgresqlServer:
    """Where a store's database is, and how to connect to it.

    Parameters
    ----------
    uri
        ``postgresql://``, as libpq reads it, with ``schema=NAME`` as one option more.

    Raises
    ------
    InvalidInput
        It can't be read.
    MissingPackage
        psycopg is not installed.
    """

    def __init__(self, uri: str) -> None:
        try:
            import psycopg.conninfo
        except ImportError as error:
            raise MissingPackage("psycopg", "A store on PostgreSQL", "nbtrack[postgresql]") from error
        address, self.schema = _without_schema(_SCHEMES.sub("postgresql://", uri), uri)
        try:
            parameters = psycopg.conninfo.conninfo_to_dict(address)
        except psycopg.Error:
            # Without libpq's reason: it quotes what it can't read, which may be the password.
            raise _unreadable(uri) from None
        self._parameters: dict[str, Any] = {
            "fallback_application_name": "nbtrack",
            "connect_timeout": os.environ.get("PGCONNECT_TIMEOUT", str(CONNECT_TIMEOUT_S)),
            **_WATCH,
            **parameters,
        }
        if self.schema is not None:
            options = f"{parameters.get('options', '')} -c search_path={self.schema}"
            self._parameters["options"] = options.strip()
        self._away_until = 0.0
        self._away_reason = ""

    @property
    def place(self) -> str:
        """What names the database, whoever connects: what libpq takes from the environment is part of it."""
        from psycopg.pq import Conninfo

        known = {default.keyword.decode(): default.val for default in Conninfo.get_defaults()}
        named = {name: value.decode() for name, value in known.items() if value} | self._parameters
        parts = [named.get(name, "") for name in ("service", "hostaddr", "host", "port", "dbname")]
        database = parts[-1] or named.get("user", "")
        return "postgresql:" + "/".join(map(str, [*parts[:-1], database, self.schema or ""])).lower()

    def connect(self, **options: Any) -> psycopg.Connection:
        """Connect.

        After an attempt that failed, all fail at once for twice the time that it took: a host that doesn't answer
        must not hold up each call of somebody's code anew.
        """
        import psycopg

        start = time.monotonic()
        if start < self._away_until:
            raise psycopg.OperationalError(self._away_reason)
        try:
            return psycopg.connect(**self._parameters, **options)
        except psycopg.OperationalError as error:
            end = time.monotonic()
            self._away_until, self._away_reason = end + 2 * (end - start), str(error)
            raise


def _without_schema(address: str, uri: str) -> tuple[str, str | None]:
    """Take the option ``schema`` out of a URI."""
    credentials, at, place = address.rpartition("@")
    place, mark, query = place.partition("?")
    options = query.split("&")
    schemas = [option.partition("=")[2] for option in options if option.startswith("schema=")]
    if not schemas:
        return address, None
    if len(schemas) > 1 or not _SCHEMA_NAME.fullmatch(schemas[0]):
        raise InvalidInput(
            f"The schema in {redact(uri)!r} is no name that nbtrack takes: use letters, digits and underscores."
        )
    rest = "&".join(option for option in options if not option.startswith("schema="))
    return f"{credentials}{at}{place}{mark}{rest}", schemas[0]


def _unreadable(uri: str) -> InvalidInput:
    return InvalidInput(
        f"The tracking URI {redact(uri)!r} can't be read. Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE with "
        "special characters percent-encoded, or leave the password to PGPASSWORD or ~/.pgpass."
    )

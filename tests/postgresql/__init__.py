"""A real PostgreSQL server for the tests."""

from tests.postgresql.server import PASSWORD, PostgresqlServer

__all__ = ["PASSWORD", "PostgresqlServer"]

"""Closing a database's connections, those too that another thread still uses."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def dispose(engine: sa.Engine) -> None:
    """Close what is idle now, and what is in use as soon as it comes back; the engine can be used again.

    By itself SQLAlchemy would put what comes back into the pool that nobody asks any more, open.
    """
    pool = engine.pool
    engine.dispose()
    sa.event.listen(pool, "checkin", _close)


def _close(_connection: object, record: Any) -> None:
    record.invalidate()

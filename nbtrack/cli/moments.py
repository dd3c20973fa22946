from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

import click

from nbtrack.clock import now_ms

_AGE = re.compile(r"(\d{1,9})\s*(min|h|d|w)")
_UNIT_MS = {"min": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


class Moment(click.ParamType[int]):
    """A time, given as an age (``90min``, ``12h``, ``7d``, ``2w``) or a date (``2025-03-01``), in milliseconds."""

    name = "age or date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        age = _AGE.fullmatch(value.strip())
        if age:
            return now_ms() - int(age[1]) * _UNIT_MS[age[2]]
        try:
            at = datetime.fromisoformat(value.strip())
        except ValueError:
            self.fail(f"{value!r} is no time. Give an age, as in 7d or 12h, or a date, as in 2025-03-01.", param, ctx)
        return int((at if at.tzinfo else at.replace(tzinfo=timezone.utc)).timestamp() * 1000)

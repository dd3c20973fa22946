from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from nbtrack.errors import InvalidInput
from nbtrack.limits import check_int64, check_storable

_VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_LONGEST = {
    "run_id": 32,
    "parent_run_id": 32,
    "experiment_id": 32,
    "session_id": 32,
    "execution_id": 32,
    "group_id": 64,
    "model_id": 64,
    "digest": 64,
}


def check_whole(value: Any, name: str = "value") -> None:
    """Refuse what no database could keep of a record, wherever it stands in it.

    Sources from elsewhere hold anything: numbers beyond 64 bits, ids of any length, texts that are no Unicode.

    Raises
    ------
    InvalidInput
        Naming the field.
    """
    if isinstance(value, str):
        if len(value) > _LONGEST.get(name, len(value)):
            raise InvalidInput(f"The {name} {value[:40]!r}... is longer than {_LONGEST[name]} characters.")
        check_storable(value, name)
    elif isinstance(value, int):
        check_int64(value, name)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            check_whole(key, f"key in {name}")
            check_whole(each, f"{key!r} in {name}")
    elif isinstance(value, tuple):
        for each in value:
            check_whole(each, name)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            check_whole(getattr(value, field.name), field.name)


def check_version(number: str) -> None:
    """Raise InvalidInput if that is no number of a model version."""
    if not _VERSION.fullmatch(number):
        raise InvalidInput(f"{number[:40]!r} is no number of a version.")

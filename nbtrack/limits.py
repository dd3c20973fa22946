"""What names, keys and values may be: kept exactly, or refused here. Nothing is ever cut."""

from __future__ import annotations

import functools
import re
import unicodedata

from nbtrack.entities import Batch, Metric
from nbtrack.entities.tags import RUN_NAME
from nbtrack.errors import InvalidInput, InvalidName

MAX_KEY_LENGTH = 250
MAX_NAME_LENGTH = 500
MAX_VALUE_LENGTH = 4 * 1024 * 1024
"""Characters of a param or tag value. Larger things belong into artifacts."""

_MIN_INT64, _MAX_INT64 = -(2**63), 2**63 - 1


def check_key(key: object, kind: str) -> str:
    """Return ``key`` if it can name a param, metric or tag; ``kind`` says which, for the message."""
    text = _check_text(key, f"{kind} key", MAX_KEY_LENGTH)
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise InvalidName(f"The {kind} key {text!r} holds a control character. Use printable characters.")
    if text.startswith("/") or "//" in text or "#" in text or ".." in text.split("/"):
        raise InvalidName(
            f"The {kind} key {text!r} can't be used: '#', '//', '..' and a leading '/' are not allowed. "
            "A '/' inside groups keys: 'train/loss'."
        )
    return text


def check_name(name: object, kind: str) -> str:
    """Return ``name`` if it can name a run, experiment or model."""
    text = _check_text(name, f"{kind} name", MAX_NAME_LENGTH)
    if not text.strip():
        raise InvalidName(f"The {kind} name is blank. Give it a name with at least one visible character.")
    return text


def check_model_name(name: object) -> str:
    """Return ``name`` if it can name a registered model."""
    text = check_name(name, "registered model")
    if "/" in text or ":" in text:
        raise InvalidName(f"The name {text!r} can't be used: '/' and ':' have a meaning in models:/NAME/VERSION.")
    return text


def check_alias(alias: object) -> str:
    """Return ``alias`` if it can stand for a version in ``models:/NAME@ALIAS``."""
    text = _check_text(alias, "alias", MAX_KEY_LENGTH)
    if not re.fullmatch(r"[\w-]+", text):
        raise InvalidName(f"The alias {text!r} can't be used: only letters, digits, '_' and '-' are allowed.")
    if text.lower() == "latest" or re.fullmatch(r"[vV][0-9]+", text):
        raise InvalidName(f"The alias {text!r} is reserved: 'latest' and v1, v2... stand for versions already.")
    return text


def check_value(value: str, kind: str, key: str) -> str:
    """Return the value of a param or tag if it can be kept exactly."""
    if len(value) > MAX_VALUE_LENGTH:
        raise InvalidName(
            f"The value of {kind} {key!r} has {len(value):,} characters; at most {MAX_VALUE_LENGTH:,} are kept. "
            "Use log_text() or log_dict() for what is larger."
        )
    check_storable(value, f"value of {kind} {key!r}")
    return value


def check_int64(value: int, what: str) -> int:
    """Return ``value`` if it fits a step or a timestamp."""
    if not _MIN_INT64 <= value <= _MAX_INT64:
        raise InvalidName(f"The {what} {value} does not fit into 64 bits.")
    return value


# The same few keys are logged again and again.
_is_metric_key = functools.lru_cache(maxsize=10_000)(lambda key: bool(check_key(key, "metric")))


def check_batch(batch: Batch) -> None:
    """Refuse what no store could keep exactly of a batch."""
    for key, value in batch.params.items():
        check_value(value, "param", check_key(key, "param"))
    for key, value in batch.tags.items():
        check_value(value, "tag", check_key(key, "tag"))
        if key == RUN_NAME:
            check_name(value, "run")
    for point in batch.metrics:
        check_point(point)
    for measured in batch.model_metrics:
        check_point(Metric(measured.key, measured.value, measured.timestamp, measured.step))


def check_point(point: Metric) -> None:
    """Refuse a point whose key or numbers can't be kept."""
    key, value, timestamp, step = point
    if type(key) is not str or not _is_metric_key(key):
        check_key(key, "metric")
    if not (_MIN_INT64 <= step <= _MAX_INT64 and _MIN_INT64 <= timestamp <= _MAX_INT64):
        check_int64(step, f"step of metric {key!r}")
        check_int64(timestamp, f"timestamp of metric {key!r}")
    if not isinstance(value, float):
        raise InvalidInput(f"The value of metric {point.key!r} is {point.value!r}, which is not a float.")


def _check_text(text: object, what: str, most: int) -> str:
    if not isinstance(text, str):
        raise InvalidName(f"A {what} must be text, not {type(text).__name__} ({text!r}).")
    if not text:
        raise InvalidName(f"The {what} is empty. Give it at least one character.")
    if len(text) > most:
        raise InvalidName(f"The {what} {text[:40]!r}... has {len(text):,} characters; at most {most} are kept.")
    check_storable(text, what)
    return text


def check_storable(text: str, what: str) -> None:
    """Refuse a text that databases can't keep."""
    if "\0" in text:
        raise InvalidName(f"The {what} holds a NUL character, which databases can't keep. Remove it.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidName(
            f"The {what} holds half of a surrogate pair at position {error.start}, which is not valid Unicode. "
            "Decode it correctly, or use .encode('utf-8', 'replace')."
        ) from None

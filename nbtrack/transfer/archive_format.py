"""An export as a zip file, which any program can read.

::

    nbtrack-export.json                          what it is; written last
    experiments/EXPERIMENT.json
    runs/EXPERIMENT/RUN/run.json                 identity, times, params, tags, inputs, cells, environment
    runs/EXPERIMENT/RUN/metrics.jsonl            a line: {"key": ..., "points": [[step, milliseconds, value], ...]}
    runs/EXPERIMENT/RUN/artifacts/...            the files, as they are
    models/EXPERIMENT/MODEL/model.json
    models/EXPERIMENT/MODEL/artifacts/...        the files of a model that has a place of its own
    registry/NUMBER.json                         a registered model with its versions

The points of a metric stand in the order of logging. NaN and the infinities are the texts "NaN", "Infinity" and
"-Infinity", since JSON has no words for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from nbtrack.entities import LoggedModel, json_number
from nbtrack.errors import InvalidInput
from nbtrack.store import PointRow, Stretch

FORMAT = 1
MANIFEST = "nbtrack-export.json"
RUN, METRICS, MODEL, FILES = "run.json", "metrics.jsonl", "model.json", "artifacts"
MAX_LINE_POINTS = 10_000

_MIN_INT64, _MAX_INT64 = -(2**63), 2**63 - 1
_Kind = TypeVar("_Kind")


@dataclass(frozen=True)
class Manifest:
    """``incomplete`` names the members whose source could not be read to its end."""

    format: int
    nbtrack: str
    created_at_ms: int
    incomplete: tuple[str, ...] = ()


def encode(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1)


def decode(content: bytes, kind: type[_Kind], name: str) -> _Kind:
    """Read a document of an export, or raise InvalidInput."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{name} is no {kind.__name__}: {error}.") from None


def encode_model(model: LoggedModel) -> bytes:
    document = msgspec.to_builtins(model)
    for metric in document["metrics"]:
        metric["value"] = json_number(metric["value"])
    return encode(document)


def decode_model(content: bytes, name: str) -> LoggedModel:
    document = decode(content, dict[str, Any], name)
    try:
        for metric in document["metrics"]:
            metric["value"] = float(metric["value"])
        return msgspec.convert(document, LoggedModel)
    except (msgspec.MsgspecError, LookupError, TypeError, ValueError) as error:
        raise InvalidInput(f"{name} is no logged model: {error}.") from None


def encode_stretch(key: str, points: list[PointRow]) -> bytes:
    rows = [(step, at_ms, json_number(value)) for step, at_ms, value in points]
    return msgspec.json.encode({"key": key, "points": rows}) + b"\n"


def decode_stretch(line: bytes, name: str) -> Stretch:
    found = decode(line, _Line, name)
    try:
        points = [(step, at_ms, float(value)) for step, at_ms, value in found.points]
    except ValueError as error:
        raise InvalidInput(f"{name}: {error}.") from None
    if any(not _MIN_INT64 <= number <= _MAX_INT64 for step, at_ms, _ in points for number in (step, at_ms)):
        raise InvalidInput(f"{name} holds a step or a time that does not fit into 64 bits.")
    return found.key, points


@dataclass(frozen=True)
class _Line:
    key: str
    points: list[tuple[int, int, float | str]]

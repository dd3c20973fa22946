"""Read the body of ``/invocations``: CSV, or JSON with exactly one of four forms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from io import StringIO
from typing import Any

from nbtrack.errors import InvalidInput
from nbtrack.models import DataType, Schema, columns_from_text, frame_of_mapping, items_from_text, tensors_from_json

DEEPEST = 64
_FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")


class UnsupportedContent(InvalidInput):
    """The content type is none that the scoring server reads."""


@dataclass(frozen=True)
class ScoringRequest:
    """What to predict: the model's input and the params beside it."""

    given: Any
    params: Mapping[str, Any] = field(default_factory=dict)


def parse_request(content_type: str, body: bytes, schema: Schema | None) -> ScoringRequest:
    """Read a request for a model with the input ``schema``.

    Raises
    ------
    UnsupportedContent
        The content type is neither CSV nor JSON, or has a parameter other than charset.
    InvalidInput
        The body can't be read; the message says where.
    """
    kind, charset = _media_type(content_type)
    try:
        text = body.decode(charset)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"The body is no {charset} text: {error.reason} at byte {error.start}.") from None
    if kind == "text/csv":
        return ScoringRequest(_parse_csv(text, schema))
    return _parse_json(text, schema)


def _media_type(content_type: str) -> tuple[str, str]:
    header = Message()
    header["Content-Type"] = content_type
    kind = header.get_content_type() if content_type else ""
    if kind not in ("text/csv", "application/json"):
        raise UnsupportedContent(
            f"The content type must be text/csv or application/json, and is {content_type or 'missing'!r}."
        )
    parameters = dict((header.get_params() or [])[1:])
    unknown = sorted(parameters.keys() - {"charset"})
    if unknown:
        raise UnsupportedContent(f"The content type's only parameter is charset; it has {', '.join(unknown)}.")
    charset = parameters.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1"):
        raise UnsupportedContent(f"The charset {charset!r} is not supported; send utf-8.")
    return kind, charset


def _parse_csv(text: str, schema: Schema | None) -> Any:
    import pandas as pd

    if not text.strip():
        raise InvalidInput("The body is empty: a CSV needs a line of column names.")
    named = schema is not None and schema.has_input_names() and not schema.is_tensor_spec()
    # Left to itself pandas reads the text "007" as 7, and the text "NA" as missing.
    texts = {str(s.name): str for s in schema if s.type in _AS_TEXT} if named and schema else {}
    try:
        frame = pd.read_csv(StringIO(text), dtype=texts or None)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"The CSV can't be read: {error}") from None
    return columns_from_text(frame, schema)


_AS_TEXT = (DataType.string, DataType.binary, DataType.datetime)


def _parse_json(text: str, schema: Schema | None) -> ScoringRequest:
    try:
        document = json.loads(text)
        _check_depth(document)
    except RecursionError:
        raise InvalidInput(f"The JSON is nested deeper than {DEEPEST} levels.") from None
    except ValueError as error:
        raise InvalidInput(f"The body is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise InvalidInput(f"The JSON must be an object with one of {', '.join(_FORMS)}.")
    forms = [form for form in _FORMS if form in document]
    if len(forms) != 1:
        found = " and ".join(forms) or "none of them"
        raise InvalidInput(f"The JSON must have exactly one of {', '.join(_FORMS)}; it has {found}.")
    params = document.get("params")
    if not isinstance(params, (dict, type(None))):
        raise InvalidInput("`params` must be an object.")
    form = forms[0]
    return ScoringRequest(_READERS[form](document[form], schema), params or {})


def _check_depth(document: Any) -> None:
    level = [document]
    for _ in range(DEEPEST):
        containers = (item.values() if isinstance(item, dict) else item for item in level)
        level = [child for values in containers for child in values if isinstance(child, (dict, list))]
        if not level:
            return
    raise RecursionError


def _split(form: Any, schema: Schema | None) -> Any:
    import pandas as pd

    if not isinstance(form, dict) or not isinstance(form.get("data"), list):
        raise InvalidInput("`dataframe_split` must be an object with the lists `columns` and `data`.")
    columns, rows = form.get("columns"), form["data"]
    if columns is not None and (not isinstance(columns, list) or any(isinstance(c, (dict, list)) for c in columns)):
        raise InvalidInput("`columns` must be a list of names.")
    width = len(columns) if columns is not None else None
    for number, row in enumerate(rows):
        width = len(row) if width is None and isinstance(row, list) else width
        if not isinstance(row, list) or len(row) != width:
            raise InvalidInput(f"Row {number} of `data` must be a list of {width} values, one for each column.")
    try:
        frame = pd.DataFrame(rows, columns=columns, index=form.get("index"))
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidInput(f"`dataframe_split` can't be read: {error}") from None
    return columns_from_text(frame, schema)


def _records(form: Any, schema: Schema | None) -> Any:
    import pandas as pd

    if not isinstance(form, list) or not all(isinstance(row, dict) for row in form):
        raise InvalidInput("`dataframe_records` must be a list of objects, one for each row.")
    return columns_from_text(pd.DataFrame(form), schema)


def _instances(form: Any, schema: Schema | None) -> Any:
    if not isinstance(form, list):
        raise InvalidInput("`instances` must be a list, one item for each row.")
    if form and all(isinstance(row, dict) for row in form) and not _is_one_unnamed(schema):
        if _has_columns(schema):
            return _records(form, schema)
        names = form[0].keys()
        if any(row.keys() != names for row in form):
            raise InvalidInput("Every item of `instances` must have the same names.")
        form = {name: [row[name] for row in form] for name in names}
    return _inputs(form, schema)


def _inputs(form: Any, schema: Schema | None) -> Any:
    if schema is not None and _has_columns(schema):
        if isinstance(form, dict):
            return columns_from_text(frame_of_mapping(form, schema), schema)
        if isinstance(form, list) and form and all(isinstance(row, dict) for row in form):
            return _records(form, schema)
    if schema is not None and _is_one_unnamed(schema):
        return items_from_text(form, schema)
    return tensors_from_json(form, schema)


def _has_columns(schema: Schema | None) -> bool:
    return schema is not None and schema.has_input_names() and not schema.is_tensor_spec()


def _is_one_unnamed(schema: Schema | None) -> bool:
    """Tell whether the items are values of one column without a name, as type hints describe them."""
    return schema is not None and not schema.is_tensor_spec() and not schema.has_input_names()


_READERS = {"dataframe_split": _split, "dataframe_records": _records, "instances": _instances, "inputs": _inputs}

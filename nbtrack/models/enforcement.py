"""Make data fit a signature: widen where nothing is lost, drop what is extra, refuse the rest by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbtrack.errors import SignatureMismatch
from nbtrack.models.fitting import fits, some
from nbtrack.models.inference import infer_type
from nbtrack.models.schema import AnyType, Array, ColSpec, Map, Object, Schema
from nbtrack.models.tensors import enforce_tensors
from nbtrack.models.widening import WIDEN, mismatch


def enforce_schema(given: Any, schema: Schema) -> Any:
    """Return ``given`` as the model of this schema wants it.

    Parameters
    ----------
    given
        A DataFrame, Series, ndarray, sparse matrix, dict, list or scalar.
    schema
        The model's inputs.

    Returns
    -------
    DataFrame
        For named columns: those of the schema in its order, widened to its types.
    ndarray or dict of ndarray
        For tensors.
    object
        ``given``, checked, where the schema is one column without a name.

    Raises
    ------
    SignatureMismatch
        A required column is missing or its values are not of the type and can't be widened to it without loss.
    """
    if schema.is_tensor_spec():
        return enforce_tensors(given, schema)
    if schema.has_input_names():
        return _enforce_columns(_as_frame(given, schema), schema)
    return _enforce_unnamed(given, schema)


def _as_frame(given: Any, schema: Schema) -> Any:
    import pandas as pd

    names = schema.input_names()
    if isinstance(given, pd.DataFrame):
        return given
    if isinstance(given, pd.Series):
        return given.to_frame(names[0] if given.name is None and len(names) == 1 else given.name)
    if isinstance(given, Mapping):
        scalars = all(not _is_column(value) for value in given.values())
        return pd.DataFrame([given]) if scalars else pd.DataFrame(given)
    if isinstance(given, list) and given and all(isinstance(row, Mapping) for row in given):
        return pd.DataFrame(given)
    values = given.toarray() if hasattr(given, "toarray") else given
    try:
        frame = pd.DataFrame(values)
    except (ValueError, TypeError) as error:
        raise SignatureMismatch(f"The model wants the columns {names} and can't read them from this: {error}") from None
    if frame.shape[1] != len(names):
        raise SignatureMismatch(
            f"The model wants {len(names)} columns ({some(names)}) and the input, whose columns have no names, "
            f"has {frame.shape[1]}."
        )
    return frame.set_axis(names, axis=1)


def _is_column(value: Any) -> bool:
    return isinstance(value, (list, tuple)) or (hasattr(value, "__len__") and hasattr(value, "dtype"))


def _enforce_columns(frame: Any, schema: Schema) -> Any:
    # JSON and CSV know only text names; a frame made from an array has numbers.
    by_text = {str(name): position for position, name in reversed(list(enumerate(frame.columns)))}
    missing = [name for name in schema.required_input_names() if str(name) not in by_text]
    if missing:
        raise SignatureMismatch(
            f"The model wants the columns {some(missing)}, which the input lacks. It has: {some(list(frame.columns))}."
        )
    columns = {}
    changed = len(frame.columns) != len(schema)
    for position, (name, spec) in enumerate(zip(schema.input_names(), schema, strict=True)):
        if str(name) not in by_text:
            changed = True
            continue
        found = by_text[str(name)]
        column = frame.iloc[:, found]
        columns[name] = _enforce_column(column, spec, name)
        changed |= columns[name] is not column or found != position or frame.columns[found] != name
    if not changed:
        return frame
    import pandas as pd

    return pd.DataFrame(columns, index=frame.index)


def _enforce_column(column: Any, spec: Any, name: str | int) -> Any:
    wanted = spec.type
    if isinstance(wanted, AnyType):
        return column
    if isinstance(wanted, (Array, Map, Object)):
        for value in column:
            if value is not None and not fits(value, wanted):
                raise mismatch(name, wanted, str(infer_type(value)))
        return column
    return WIDEN[wanted](column, name, spec.required)


def _enforce_unnamed(given: Any, schema: Schema) -> Any:
    if len(schema) != 1:
        return given
    spec = schema.inputs[0]
    if not isinstance(spec, ColSpec) or isinstance(spec.type, AnyType):
        return given
    import pandas as pd

    if isinstance(given, pd.Series):
        return _enforce_column(given, spec, "input")
    if isinstance(given, pd.DataFrame):
        if given.shape[1] != 1:
            raise SignatureMismatch(f"The model wants one column of {spec.type}, and the input has {given.shape[1]}.")
        column = _enforce_column(given.iloc[:, 0], spec, given.columns[0])
        return column.to_frame()
    for value in given if isinstance(given, list) else [given]:
        if not fits(value, spec.type):
            raise SignatureMismatch(f"The input must hold {spec.type} and holds {infer_type(value)}.")
    return given

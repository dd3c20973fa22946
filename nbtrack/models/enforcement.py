"""Make data fit a signature: widen where nothing is lost, drop what is extra, refuse the rest by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbtrack.errors import SignatureMismatch
from nbtrack.models.fitting import fits, is_listed, some
from nbtrack.models.inference import infer_type
from nbtrack.models.polars_frames import is_polars, to_pandas
from nbtrack.models.schema import AnyType, Array, ColSpec, DataType, Map, Object, Schema
from nbtrack.models.tensors import enforce_tensors
from nbtrack.models.widening import WIDEN, describe_value, mismatch


def enforce_schema(given: Any, schema: Schema) -> Any:
    """Return ``given`` as the model of this schema wants it.

    Parameters
    ----------
    given
        A DataFrame or Series (of pandas or polars), ndarray, sparse matrix, dict, list or scalar.
    schema
        The model's inputs.

    Returns
    -------
    DataFrame
        For named columns: those of the schema in its order, widened to its types. For one column without a name: that.
    ndarray or dict of ndarray
        For tensors.
    object
        ``given``, checked, where the schema is lists or dicts without a name, or says nothing.

    Raises
    ------
    SignatureMismatch
        A required column is missing or its values are not of the type and can't be widened to it without loss.
    """
    if is_polars(given):
        given = to_pandas(given)
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
        return frame_of_mapping(given, schema)
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


def frame_of_mapping(given: Mapping[Any, Any], schema: Schema) -> Any:
    """Return a row for each item of the values, or one row where they are scalars or what a cell of theirs holds.

    Raises
    ------
    SignatureMismatch
        The values have different lengths.
    """
    import pandas as pd

    types = {str(spec.name): spec.type for spec in schema}
    lists = {str(name): value for name, value in given.items() if is_listed(value)}
    has_columns = any(isinstance(types.get(name), DataType) for name in lists)
    if not has_columns and (not lists or any(_is_cell(value, types.get(name)) for name, value in lists.items())):
        return pd.DataFrame([given])
    try:
        return pd.DataFrame(given)
    except ValueError as error:
        raise SignatureMismatch(f"The values of the input can't be columns: {error}") from None


def _is_cell(value: Any, wanted: Any) -> bool:
    return isinstance(wanted, (Array, Map, Object)) and fits(value, wanted)


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
                raise mismatch(name, wanted, describe_value(value))
        return column
    return WIDEN[wanted](column, name, spec.required)


def _enforce_unnamed(given: Any, schema: Schema) -> Any:
    spec = schema.inputs[0] if len(schema) == 1 else None
    if not isinstance(spec, ColSpec) or isinstance(spec.type, AnyType):
        return given
    if isinstance(spec.type, (Array, Map, Object)) and not hasattr(given, "to_frame") and not hasattr(given, "columns"):
        for value in given if isinstance(given, list) else [given]:
            if value is not None and not fits(value, spec.type):
                raise SignatureMismatch(f"The input must hold {spec.type} and holds {infer_type(value)}.")
        return given
    return _enforce_only_column(given, spec)


def _enforce_only_column(given: Any, spec: ColSpec) -> Any:
    import pandas as pd

    if isinstance(given, Mapping):
        raise SignatureMismatch(f"The model wants one column of {spec.type} without a name, and the input is a dict.")
    frame = given if isinstance(given, pd.DataFrame) else pd.DataFrame(given if is_listed(given) else [given])
    if frame.shape[1] != 1:
        raise SignatureMismatch(f"The model wants one column of {spec.type}, and the input has {frame.shape[1]}.")
    column = frame.iloc[:, 0]
    made = _enforce_column(column, spec, frame.columns[0])
    return frame if made is column else made.to_frame()

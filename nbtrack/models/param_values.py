"""Making params of ``predict`` fit a signature."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from nbtrack.errors import SignatureMismatch
from nbtrack.models.fitting import fits
from nbtrack.models.inference import infer_type
from nbtrack.models.schema import ColumnType, DataType, ParamSchema, ParamSpec


def enforce_params(given: Mapping[str, Any] | None, schema: ParamSchema | None) -> dict[str, Any]:
    """Return the params of ``predict`` with defaults filled in; unknown ones are left out with a warning.

    Raises
    ------
    SignatureMismatch
        A value has another type than its param.
    """
    given = dict(given or {})
    specs = {spec.name: spec for spec in schema or ()}
    unknown = sorted(given.keys() - specs.keys(), key=str)
    if unknown:
        warnings.warn(
            f"The model's signature has no params {unknown}; they are ignored. It has: {sorted(specs)}.", stacklevel=3
        )
    return {name: _param(given[name], spec) if name in given else spec.default for name, spec in specs.items()}


def _param(value: Any, spec: ParamSpec) -> Any:
    def refuse(found: object) -> SignatureMismatch:
        return SignatureMismatch(f"Param {spec.name!r} must be {spec.dtype}{_shape(spec)} and is {found}.")

    if spec.shape is not None:
        if not (isinstance(value, (list, tuple)) or hasattr(value, "tolist")):
            raise refuse(infer_type(value))
        wrong = [item for item in value if not fits(item, spec.dtype)]
        if wrong:
            raise refuse(f"a list with {infer_type(wrong[0])}")
        return value
    if value is None and spec.default is None:
        return value
    if not _fits_param(value, spec.dtype):
        raise refuse(infer_type(value))
    return float(value) if spec.dtype is DataType.double and not isinstance(value, float) else value


def _fits_param(value: Any, wanted: ColumnType) -> bool:
    if isinstance(value, int) and not isinstance(value, bool) and wanted is DataType.integer:
        return -(2**31) <= value < 2**31
    if isinstance(value, (int, float)) and not isinstance(value, bool) and wanted is DataType.float:
        return True
    return fits(value, wanted)


def _shape(spec: ParamSpec) -> str:
    return "" if spec.shape is None else f" of shape {spec.shape}"

"""Models that a cell fitted or bound, the outermost only."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbtrack.autolog.observation import Fit
from nbtrack.lineage import Bindings
from nbtrack.notebook.capture.modules import found_modules, is_module


@dataclass(frozen=True)
class FoundModel:
    """A model under the name of its variable, or of its class; ``fit`` is how the cell fitted it, if it did."""

    name: str
    model: Any
    fit: Fit | None = None


def found_models(
    fits: Sequence[Fit], bindings: Bindings, namespace: Mapping[str, Any], run_id: str = ""
) -> list[FoundModel]:
    """Collect the models that were fitted, or trained in a run, leaving out those that are a part of another."""
    by_fit = {id(fit.estimator): fit for fit in fits if fit.error is None}
    named = {
        id(namespace[name]): name
        for name in (*bindings.literals, *bindings.computed)
        if name in namespace and not name.startswith("_")
    }
    candidates: dict[int, Any] = {key: fit.estimator for key, fit in by_fit.items()}
    for name in bindings.computed:
        value = namespace.get(name)
        if id(value) in named and _is_fitted_model(value):
            candidates.setdefault(id(value), value)
    for name, module in found_modules(run_id, bindings, namespace).items():
        named.setdefault(id(module), name)
        candidates.setdefault(id(module), module)
    inner = {id(part) for model in candidates.values() for part in _parts(model)}
    outer = {key: model for key, model in candidates.items() if key not in inner}
    return [FoundModel(name, outer[key], by_fit.get(key)) for key, name in _unique_names(outer, named).items()]


def _unique_names(models: Mapping[int, Any], named: Mapping[int, str]) -> dict[int, str]:
    """Name models by their variables; those in a list, say, by their class and a number."""
    names: dict[int, str] = {}
    for key, model in models.items():
        base = name = named.get(key, type(model).__name__)
        number = 1
        while name in names.values():
            number += 1
            name = f"{base}_{number}"
        names[key] = name
    return names


def _is_fitted_model(value: Any) -> bool:
    base = sys.modules.get("sklearn.base")
    if base is not None and isinstance(value, base.BaseEstimator):
        from sklearn.exceptions import NotFittedError
        from sklearn.utils.validation import check_is_fitted

        try:
            check_is_fitted(value)
        except (NotFittedError, TypeError):
            return False
        return True
    flavor = sys.modules.get("nbtrack.pyfunc")
    return flavor is not None and isinstance(value, flavor.PythonModel)


def _parts(model: Any) -> Iterator[Any]:
    """Yield the estimators inside an estimator, its params and what it fitted; the modules inside a module."""
    if is_module(model):
        yield from (module for module in model.modules() if module is not model)
        return
    get_params = getattr(model, "get_params", None)
    if get_params is None:
        return
    # A meta-estimator that holds classes has no params of theirs.
    with contextlib.suppress(TypeError, AttributeError):
        yield from (value for value in get_params(deep=True).values() if hasattr(value, "get_params"))
    for name, value in vars(model).items():
        if name.endswith("_") and hasattr(value, "get_params"):
            yield value
            yield from _parts(value)

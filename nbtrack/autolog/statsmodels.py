"""Listens to statsmodels: how a model was fitted, what its results say of themselves, their summary."""

from __future__ import annotations

import inspect
import numbers
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from nbtrack.autolog.imports import ImportWatch
from nbtrack.autolog.patching import Function, Patches
from nbtrack.autolog.recording import PREDICTED_ROWS, SIGNATURE_ROWS
from nbtrack.autolog.sklearn.description import first_rows
from nbtrack.autolog.training import Training, training
from nbtrack.autolog.variables import named
from nbtrack.models import ModelSignature, infer_signature
from nbtrack.tracking import log_text

METHODS = ("fit", "fit_regularized")
SPECIFICATION = ("formula", "order", "seasonal_order", "trend", "k_ar", "quantile")
"""Attributes of models that say which model it is."""
METRICS = (
    "aic",
    "bic",
    "hqic",
    "llf",
    "rsquared",
    "rsquared_adj",
    "prsquared",
    "fvalue",
    "f_pvalue",
    "llr_pvalue",
    "mse_model",
    "mse_resid",
    "mse_total",
    "mse",
    "mae",
    "ess",
    "ssr",
    "sse",
    "centered_tss",
    "uncentered_tss",
    "condition_number",
    "deviance",
    "pearson_chi2",
    "scale",
    "df_model",
    "df_resid",
    "nobs",
)


class StatsmodelsIntegration:
    """Listens to what derives from statsmodels' ``Model``."""

    def install(self, patches: Patches, watch: ImportWatch) -> None:
        def patch_models(module: ModuleType) -> None:
            base = module.Model
            for owner in {base, *_subclasses(base)}:
                _patch(patches, owner)

            def init_subclass(cls: type, /, **options: Any) -> None:
                super(base, cls).__init_subclass__(**options)  # type: ignore[misc]
                _patch(patches, cls)

            patches.attribute(base, "__init_subclass__", classmethod(init_subclass))

        watch.when_imported("statsmodels.base.model", patch_models)


def _subclasses(base: type) -> Iterator[type]:
    children: list[type] = base.__subclasses__()
    for child in children:
        yield child
        yield from _subclasses(child)


def _patch(patches: Patches, owner: type) -> None:
    for name in METHODS:
        patches.method(owner, name, _listening_fit)


def _listening_fit(function: Function) -> Function:
    signature = inspect.signature(function)

    def fit(model: Any, *args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        # Tests of hypotheses fit dozens of models on their way; those are none of the user's.
        caller = str(sys._getframe(1).f_globals.get("__name__"))  # noqa: SLF001 inspect.currentframe() is this, slower
        if caller.startswith("statsmodels."):
            return function(model, *args, **options)
        with training("statsmodels", type(model).__name__, lambda: _params(signature, model, args, options)) as found:
            results = function(model, *args, **options)
            if found is not None and results is not None:
                _write_down(found, model, results)
        return results

    return fit


def _params(
    signature: inspect.Signature, model: Any, args: tuple[Any, ...], options: Mapping[str, Any]
) -> dict[str, Any]:
    bound = signature.bind_partial(model, *args, **options)
    bound.apply_defaults()
    given = {**bound.arguments, **bound.arguments.get("kwargs", {})}
    specification = {name: getattr(model, name, None) for name in SPECIFICATION}
    family = getattr(model, "family", None)
    if family is not None:
        specification |= {"family": type(family).__name__, "link": type(getattr(family, "link", None)).__name__}
    simple = {key: value for key, value in given.items() if value is None or isinstance(value, (str, numbers.Number))}
    return {**{key: value for key, value in specification.items() if value is not None}, **simple}


def _write_down(found: Training, model: Any, results: Any) -> None:
    found.record(_log_inputs, found, model)
    found.record(_log_metrics, found, results)
    if found.is_detailed:
        found.record(_log_summary, found, results)
    found.model(results, signature=found.attempted(lambda: _signature(model, results)))


def _log_inputs(found: Training, model: Any) -> None:
    frame = getattr(model.data, "frame", None)
    used = [frame] if frame is not None else [model.data.orig_exog, model.data.orig_endog]
    found.inputs([(named(each), "training") for each in used if each is not None])


def _log_metrics(found: Training, results: Any) -> None:
    found.summary(dict(_numbers(results)))


def _numbers(results: Any) -> Iterator[tuple[str, float]]:
    for name in METRICS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nobody asked statsmodels for this number
            try:
                value = getattr(results, name, None)
            except Exception:  # noqa: BLE001, S112 it is computed only now, and not for every model
                continue
        if isinstance(value, numbers.Real):
            yield name, float(value)


def _log_summary(found: Training, results: Any) -> None:
    if not hasattr(results, "summary"):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = str(results.summary())
    log_text(text, found.key("model_summary.txt"), found.run_id)


def _signature(model: Any, results: Any) -> ModelSignature | None:
    """Tell what ``predict`` takes: the exogenous variables, or the columns that the formula's right side names."""
    from statsmodels.tsa.base.tsa_model import TimeSeriesModel

    if isinstance(model, TimeSeriesModel):
        return None
    formula, exog = getattr(model, "formula", None), model.data.orig_exog
    if formula:
        right = str(formula).partition("~")[2]
        frame = model.data.frame
        exog = frame[[name for name in frame.columns if re.search(rf"(?<!\w){re.escape(str(name))}(?!\w)", right)]]
    if exog is None:
        return None
    sample: Any = first_rows(exog, SIGNATURE_ROWS)
    return infer_signature(sample, results.predict(first_rows(exog, PREDICTED_ROWS)))

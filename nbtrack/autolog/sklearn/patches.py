"""Where scikit-learn is patched to be listened to, and how that is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

from nbtrack.autolog.imports import ImportWatch
from nbtrack.autolog.listening import is_listened_to
from nbtrack.autolog.patching import Function, Patches, signature_of
from nbtrack.autolog.sklearn import calls

METHODS = {
    "fit": calls.listening_method("call_fit"),
    "fit_predict": calls.listening_method("call_fit"),
    "fit_transform": calls.listening_method("call_fit"),
    "predict": calls.listening_method("call_prediction"),
    "predict_proba": calls.listening_method("call_prediction"),
    "predict_log_proba": calls.listening_method("call_prediction"),
    "decision_function": calls.listening_method("call_prediction"),
    "score": calls.listening_method("call_score"),
}
_TRUTH_NAMES = {"y_true", "labels_true"}


class SklearnIntegration:
    """Listens to what derives from scikit-learn's estimators, to its metrics and its validations."""

    def install(self, patches: Patches, watch: ImportWatch) -> None:
        self._patches = patches
        watch.when_imported("sklearn.base", self._patch_estimators)
        watch.when_imported("sklearn.utils.parallel", self._patch_parallel)
        watch.when_imported("sklearn.metrics", self._patch_metrics)
        watch.when_imported("sklearn.model_selection", self._patch_validation)

    def _patch_estimators(self, module: ModuleType) -> None:
        for owner in {base for cls in _with_subclasses(module.BaseEstimator) for base in cls.__mro__}:
            self._patch_class(owner)
        self._patch_future_classes(module.BaseEstimator)

    def _patch_class(self, owner: type) -> None:
        has_own = has_own_fit(owner)
        for name, listening in METHODS.items():
            if not (has_own and name.startswith("fit")):
                self._patches.method(owner, name, listening)

    def _patch_future_classes(self, base: type) -> None:
        original = base.__init_subclass__

        def init_subclass(cls: type, /, **options: Any) -> None:
            original.__func__(cls, **options)  # type: ignore[attr-defined]
            # Mixins bring score, fit_transform, even predict; they are no estimators themselves.
            for owner in cls.__mro__:
                self._patch_class(owner)

        self._patches.attribute(base, "__init_subclass__", classmethod(init_subclass))

    def _patch_parallel(self, module: ModuleType) -> None:
        worker = getattr(module, "_FuncWrapper", None)
        if worker is not None:
            self._patches.method(worker, "__call__", calls.silent)

    def _patch_metrics(self, module: ModuleType) -> None:
        for name in module.__all__:
            function = getattr(module, name)
            if (
                isinstance(function, FunctionType)
                and next(iter(signature_of(function).parameters), None) in _TRUTH_NAMES
            ):
                self._patch_function(module, name, calls.listening_metric)

    def _patch_validation(self, module: ModuleType) -> None:
        self._patch_function(module, "cross_validate", calls.listening_cross_validate)
        self._patch_function(module, "cross_val_score", calls.listening_cross_val_score)

    def _patch_function(self, module: ModuleType, name: str, listening: Callable[[Function], Function]) -> None:
        # Inside the decorator that checks params, if there is one: that reaches those who imported the function before.
        if not self._patches.inside(getattr(module, name), "func", listening):
            self._patches.function(module, name, listening)


def has_own_fit(owner: type) -> bool:
    """Tell a class whose package is listened to by itself, which knows its training from inside."""
    package = owner.__module__.partition(".")[0]
    return package != "sklearn" and is_listened_to(package)


def _with_subclasses(base: type) -> Iterator[type]:
    yield base
    subclasses: list[type] = base.__subclasses__()
    for subclass in subclasses:
        yield from _with_subclasses(subclass)

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from nbtrack.autolog.imports import ImportWatch
from nbtrack.autolog.keras.params import early_stopping_params, params_of, rate_of
from nbtrack.autolog.observation import NamedData, Score, complain, is_outermost, options_of
from nbtrack.autolog.patching import Function, Patches
from nbtrack.autolog.recording import FIT_RUNS, PREDICTED_ROWS, SIGNATURE_ROWS, point_of
from nbtrack.autolog.sklearn.description import first_rows
from nbtrack.autolog.training import Training, training
from nbtrack.autolog.variables import named
from nbtrack.entities import Batch
from nbtrack.flavors.keras import KerasPredictor, signature_of
from nbtrack.models import ModelSignature, infer_signature
from nbtrack.tracking import log_text
from nbtrack.tracking.log import append

_SUMMARY_WIDTH = 100


class KerasIntegration:
    """Listens to ``Model.fit`` and ``Model.evaluate``, on whichever backend."""

    def install(self, patches: Patches, watch: ImportWatch) -> None:
        def patch_model(module: ModuleType) -> None:
            # Model inherits them from its backend's trainer.
            for name, wrap in (("fit", _listening_fit), ("evaluate", _listening_evaluate)):
                owner = next(cls for cls in module.Model.__mro__ if name in vars(cls))
                patches.method(owner, name, wrap)

        watch.when_imported("keras", patch_model)


def _listening_fit(function: Function) -> Function:
    signature = inspect.signature(function)

    def fit(self: Any, *args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        given = signature.bind_partial(self, *args, **options).arguments
        with training("keras", type(self).__name__, lambda: params_of(self, given)) as found:
            if found is None:
                return function(self, *args, **options)
            used = list(_used(given))
            with _reporting(found, self, given.get("callbacks")) as callbacks:
                history = function(**{**given, "callbacks": callbacks})
            found.record(_describe, found, self, callbacks)
            found.inputs(used)
            found.model(self, signature=found.attempted(lambda: _signature(self, given.get("x"))))
        return history

    return fit


def _listening_evaluate(function: Function) -> Function:
    signature = inspect.signature(function)

    def evaluate(self: Any, *args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        results = function(self, *args, **options)
        run_id = FIT_RUNS.find(self) if is_outermost() and options_of("keras") is not None else None
        if run_id is None:
            return results
        try:
            data = named(signature.bind_partial(self, *args, **options).arguments.get("x"))
            scores = [Score(key, float(value), results, self, data) for key, value in self.get_metrics_result().items()]
            append(run_id, Batch(tuple(point_of(score.key, score.value) for score in scores)))
        except Exception as error:  # noqa: BLE001 tracking must never break the user's evaluation
            complain(error)
        return results

    return evaluate


@contextmanager
def _reporting(found: Training, model: Any, callbacks: Any) -> Iterator[Any]:
    """Yield a fit's callbacks with our own, which comes first: others may change the learning rate for what follows."""
    import keras

    reporter = _reporter()(found)
    if not isinstance(callbacks, keras.callbacks.CallbackList):
        yield [reporter, *keras.tree.flatten(callbacks or [])]
        return
    reporter.set_model(model)
    callbacks.callbacks.insert(0, reporter)
    try:
        yield callbacks
    finally:
        callbacks.callbacks.remove(reporter)


@functools.cache
def _reporter() -> type:
    import keras

    class Reporter(keras.callbacks.Callback):  # type: ignore[misc]
        """Logs what was measured in each epoch. Keras calls nothing of it at the steps in between."""

        def __init__(self, found: Training) -> None:
            super().__init__()
            self._training = found

        def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
            rate = rate_of(self.model.optimizer)
            self._training.metrics({**(logs or {}), **({} if rate is None else {"learning_rate": rate})}, epoch)

    return Reporter


def _used(given: Mapping[str, Any]) -> Iterator[tuple[NamedData | None, str]]:
    validation = given.get("validation_data")
    pairs = [(given.get("x"), "training"), (given.get("y"), "training")]
    pairs += [(part, "validation") for part in (validation[:2] if isinstance(validation, (tuple, list)) else ())]
    for value, role in pairs:
        if value is not None:
            yield named(value), role


def _describe(found: Training, model: Any, callbacks: Any) -> None:
    """Write down the model's size and layers, and why the training ended early, if something watched for that."""
    import keras

    trainable = sum(math.prod(weights.shape) for weights in model.trainable_weights)
    found.params({"parameters": model.count_params(), "trainable_parameters": trainable})
    lines: list[str] = []
    model.summary(line_length=_SUMMARY_WIDTH, print_fn=lambda line, **_: lines.append(str(line)))
    log_text("\n".join(lines), found.key("model_summary.txt"), found.run_id)
    for callback in callbacks if isinstance(callbacks, list) else callbacks.callbacks:
        if isinstance(callback, keras.callbacks.EarlyStopping):
            found.params(early_stopping_params(callback))
            found.summary(_stop(callback))


def _stop(callback: Any) -> dict[str, float]:
    best = {} if callback.best is None else {"best_epoch": callback.best_epoch, "best_score": callback.best}
    return {**best, **({"stopped_epoch": callback.stopped_epoch} if callback.stopped_epoch else {})}


def _signature(model: Any, x: Any) -> ModelSignature | None:
    """Infer it from a few rows, where the model doesn't say it itself."""
    if signature_of(model) is not None or not hasattr(x, "shape"):
        return None
    few = first_rows(x, SIGNATURE_ROWS)
    return infer_signature(few, KerasPredictor(model)(first_rows(x, PREDICTED_ROWS), {}))

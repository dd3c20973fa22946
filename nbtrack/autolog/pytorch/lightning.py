"""Lightning: a trainer's fit is a run, with a callback that logs; what is tested later goes into the same run."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

from nbtrack.autolog.observation import complain
from nbtrack.autolog.patching import Function, Patches
from nbtrack.autolog.pytorch.optimizers import params_of, rates_of
from nbtrack.autolog.recording import FIT_RUNS, point_of
from nbtrack.autolog.training import Training, training
from nbtrack.entities import Batch
from nbtrack.flavors.pytorch import predictor_of
from nbtrack.models import ModelSignature, infer_signature
from nbtrack.tracking.log import append

PACKAGES = ("lightning.pytorch", "pytorch_lightning")
"""Lightning under its present name, and under its first."""
_TRAINER_PARAMS = ("max_epochs", "max_steps", "accumulate_grad_batches", "gradient_clip_val", "precision")
_UNLIMITED = (None, -1)
_EXAMPLE_ROWS = 5


def patch(patches: Patches, module: ModuleType) -> None:
    """Listen to the trainer that a module defines."""
    patches.method(module.Trainer, "fit", _listening_fit)
    for name in ("test", "validate"):
        patches.method(module.Trainer, name, _listening_test)


def _listening_fit(function: Function) -> Function:
    def fit(trainer: Any, model: Any, *args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        if trainer.global_rank != 0:
            return function(trainer, model, *args, **options)
        with training("torch", type(model).__name__, lambda: _params(trainer, model)) as found:
            if found is None:
                return function(trainer, model, *args, **options)
            reporter = _reporter(_package_of(trainer))(found)
            trainer.callbacks.insert(0, reporter)
            try:
                result = function(trainer, model, *args, **options)
            finally:
                trainer.callbacks.remove(reporter)
            found.record(_describe_stop, found, trainer)
            found.model(model, signature=_signature(model, reporter.example))
        return result

    return fit


def _listening_test(function: Function) -> Function:
    def test(trainer: Any, *args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        results = function(trainer, *args, **options)
        try:
            run_id = FIT_RUNS.find(trainer.lightning_module)
            if run_id is not None:
                values = [entry for result in results for entry in result.items()]
                points = tuple(point_of(key, float(value), trainer.current_epoch) for key, value in values)
                append(run_id, Batch(points))
        except Exception as error:  # noqa: BLE001 tracking must never break the user's evaluation
            complain(error)
        return results

    return test


def _package_of(trainer: Any) -> str:
    module = next(cls.__module__ for cls in type(trainer).__mro__ if cls.__module__.startswith(PACKAGES))
    return next(package for package in PACKAGES if module.startswith(package))


def _params(trainer: Any, model: Any) -> dict[str, Any]:
    given = {name: getattr(trainer, name, None) for name in _TRAINER_PARAMS}
    weights = list(model.parameters())
    return {
        **{name: value for name, value in given.items() if value not in _UNLIMITED},
        "parameters": sum(weight.numel() for weight in weights),
        "trainable_parameters": sum(weight.numel() for weight in weights if weight.requires_grad),
        **dict(_flat(getattr(model, "hparams", None) or {})),
    }


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, (str, int, float, bool, list, tuple)) or value is None:
            yield f"{prefix}{key}", value


@functools.cache
def _reporter(package: str) -> type:
    """Return the callback for one of Lightning's packages: each has a base class of its own."""
    base = importlib.import_module(f"{package}.callbacks").Callback
    return type("Reporter", (_Reports, base), {})


class _Reports:
    """Logs what was measured at the steps and epochs at which Lightning has it."""

    def __init__(self, found: Training) -> None:
        self.example: Any = None
        self._training = found
        self._moments = _Moments()

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002 Lightning's
        for label, optimizer in _labelled(trainer.optimizers):
            self._training.params(params_of(optimizer, f"optimizer{label}"))

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:  # noqa: ARG002
        if self.example is None:
            self.example = batch[0] if isinstance(batch, (tuple, list)) and batch else batch
        # The first batch tells which metrics are those of steps.
        if batch_idx == 0 or trainer.global_step % (trainer.log_every_n_steps or 1) == 0:
            self._log(trainer, "step", trainer.global_step)

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
        if trainer.sanity_checking:
            self._moments.select("validation", trainer.callback_metrics)
        else:
            self._log(trainer, "validation", trainer.current_epoch)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
        self._log(trainer, "epoch", trainer.current_epoch)
        for label, optimizer in _labelled(trainer.optimizers):
            self._training.metrics(rates_of(optimizer, f"learning_rate{label}"), trainer.current_epoch)

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
        if trainer.current_epoch > 0:
            self._log(trainer, "after epoch", trainer.current_epoch - 1)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
        self._log(trainer, "after epoch", max(trainer.current_epoch - 1, 0))

    def _log(self, trainer: Any, moment: str, step: int) -> None:
        self._training.metrics(self._moments.select(moment, trainer.callback_metrics), step)


def _labelled(optimizers: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for number, optimizer in enumerate(optimizers, start=1):
        yield "" if number == 1 else f"_{number}", optimizer


class _Moments:
    """At which moment a metric is new: that at which it first appeared, for Lightning goes on showing old values.

    What the model logs at the very end of an epoch appears only after that.
    """

    def __init__(self) -> None:
        self._moments: dict[str, str] = {}

    def select(self, moment: str, metrics: Mapping[str, Any]) -> dict[str, Any]:
        """Return the metrics of a moment; one that is there as ``_step`` and ``_epoch`` not under its plain name."""
        found = {key: value for key, value in metrics.items() if f"{key}_step" not in metrics}
        return {key: value for key, value in found.items() if self._moments.setdefault(key, moment) == moment}


def _describe_stop(found: Training, trainer: Any) -> None:
    """Write down why the training ended early, if something watched for that."""
    stopping = importlib.import_module(f"{_package_of(trainer)}.callbacks").EarlyStopping
    for callback in (callback for callback in trainer.callbacks if isinstance(callback, stopping)):
        watched = {name: getattr(callback, name) for name in ("monitor", "mode", "patience", "min_delta")}
        found.params({f"early_stopping_{name}": value for name, value in watched.items()})
        stopped = {"stopped_epoch": callback.stopped_epoch} if callback.stopped_epoch else {}
        found.summary({"best_score": callback.best_score, **stopped})


def _signature(model: Any, example: Any) -> ModelSignature | None:
    """Infer it from a few rows of the first batch; whatever keeps the model from eating them, it goes without."""
    import torch

    if not isinstance(example, torch.Tensor):
        return None
    try:
        rows = example[:_EXAMPLE_ROWS].detach().cpu().numpy()
        return infer_signature(rows, predictor_of(model)(rows, {}))
    except Exception as error:  # noqa: BLE001 whatever a user's model raises
        complain(error, what="the model is saved without a signature")
        return None

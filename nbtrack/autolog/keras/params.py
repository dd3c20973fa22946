"""What a fit of Keras was told: its own arguments, the optimizer's and its schedule's, the loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_DEFAULT_BATCH = 32
_OPTIONAL = ("steps_per_epoch", "initial_epoch", "validation_split", "validation_freq", "class_weight", "shuffle")
_EARLY_STOPPING = ("monitor", "patience", "min_delta", "baseline", "restore_best_weights", "start_from_epoch")


def params_of(model: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the params of a fit.

    Parameters
    ----------
    given
        The arguments of the call by name.
    """
    told = {name: given[name] for name in _OPTIONAL if given.get(name) is not None}
    batch_size = _batch_size(given)
    optimizer, loss = getattr(model, "optimizer", None), getattr(model, "loss", None)
    return {
        "epochs": given.get("epochs", 1),
        **({} if batch_size is None else {"batch_size": batch_size}),
        **told,
        **({} if loss is None else {"loss": _name(loss)}),
        **({} if optimizer is None else _optimizer_params(optimizer)),
    }


def rate_of(optimizer: Any) -> float | None:
    """Return the present learning rate, whatever schedule it follows."""
    rate = getattr(optimizer, "learning_rate", None)
    return None if rate is None else _plain(float(rate))


def early_stopping_params(callback: Any) -> dict[str, Any]:
    watched = {name: getattr(callback, name, None) for name in _EARLY_STOPPING}
    return {f"early_stopping_{name}": value for name, value in watched.items() if value is not None}


def _batch_size(given: Mapping[str, Any]) -> int | None:
    """Return the rows in a batch; None where the data comes in batches and doesn't say."""
    x = given.get("x")
    said = (given.get("batch_size"), getattr(x, "batch_size", None), getattr(x, "_batch_size", None))
    size = next((size for size in said if size is not None), None)
    if size is None:
        return _DEFAULT_BATCH if hasattr(x, "shape") or isinstance(x, (list, tuple, dict)) else None
    return int(size)


def _optimizer_params(optimizer: Any) -> dict[str, Any]:
    config = optimizer.get_config()
    values = {key: value for key, value in config.items() if key != "name" and value is not None}
    return {"optimizer_name": type(optimizer).__name__, **dict(_flat(values, "optimizer_"))}


def _flat(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield values by key; of an object in them, such as a schedule, its class and then its own."""
    for key, value in values.items():
        if isinstance(value, Mapping) and "class_name" in value:
            yield f"{prefix}{key}", value["class_name"]
            inner = {name: part for name, part in value.get("config", {}).items() if part is not None}
            yield from _flat({name: part for name, part in inner.items() if name != "name"}, f"{prefix}{key}_")
        else:
            yield f"{prefix}{key}", _plain(value) if isinstance(value, float) else value


def _name(loss: Any) -> Any:
    """Return what a loss is called; several are a list or a dict of names."""
    if isinstance(loss, Mapping):
        return {key: _name(part) for key, part in loss.items()}
    if isinstance(loss, (list, tuple)):
        return [_name(part) for part in loss]
    return loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", str(loss))


def _plain(value: float) -> float:
    """Return 0.1 for the single precision number that is next to it, which Keras keeps in its place."""
    import numpy as np

    return float(str(np.float32(value))) if float(np.float32(value)) == value else value

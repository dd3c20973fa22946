"""What a module eats and gives as a python_function: frames and arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from nbtrack.errors import InvalidInput
from nbtrack.flavors.protocol import Predictor
from nbtrack.flavors.tensor_inputs import framed


def predictor_of(model: Any) -> Predictor:
    """Return what predicts: a frame for a frame, an array for an array; a dict of arrays are arguments by name."""

    def predict(given: Any, params: Mapping[str, Any]) -> Any:
        import torch

        arguments, named = tensors_of(given, model)
        with torch.no_grad(), at_rest(model):
            answer = model(*arguments, **named, **params)
        return _like(given, answer)

    return predict


def tensors_of(given: Any, model: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a call, by place and by name: tensors of the model's precision where it lies."""
    if isinstance(given, Mapping):
        return (), {name: _tensor(value, model) for name, value in given.items()}
    return (_tensor(given, model),), {}


@contextmanager
def at_rest(model: Any) -> Iterator[None]:
    """Switch dropout and the like off; the model of somebody who still trains it is afterwards as it was."""
    training = [part for part in model.modules() if part.training]
    for part in training:
        part.training = False
    try:
        yield
    finally:
        for part in training:
            part.training = True


def _tensor(given: Any, model: Any) -> Any:
    import numpy as np
    import torch

    precision, device = _precision_and_device(model)
    if isinstance(given, torch.Tensor):
        tensor = given
    elif hasattr(given, "columns"):
        # As MLflow does, to the last bit: a tensor has one type, and the order of its numbers in memory matters.
        wanted = np.float64 if precision == torch.float64 else np.float32
        tensor = torch.from_numpy(np.array(given.to_numpy(dtype=wanted), order="K"))
    else:
        array = np.asarray(given)
        if array.dtype.kind not in "fiub":
            raise InvalidInput(f"A tensor is made of numbers; the input is an array of {array.dtype}.")
        tensor = torch.from_numpy(np.array(array, order="K"))
    return tensor.to(device, precision) if tensor.is_floating_point() else tensor.to(device)


def _precision_and_device(model: Any) -> tuple[Any, Any]:
    import torch

    floats = (value for value in model.parameters() if value.is_floating_point())
    first = next(floats, None)
    return (torch.float32, torch.device("cpu")) if first is None else (first.dtype, first.device)


def _like(given: Any, answer: Any) -> Any:
    import torch

    if isinstance(answer, Mapping):
        return {name: _like(None, value) for name, value in answer.items()}
    if not isinstance(answer, torch.Tensor):
        raise InvalidInput(f"The model answers with a {type(answer).__name__}; predict() needs a tensor, or a dict.")
    return framed(answer.detach().cpu().numpy(), given)

"""SavedModel: programs of TensorFlow, which can read and write files, and so are loaded only where they are trusted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput, MalformedModel, UnsavableModel
from nbtrack.flavors.tensor_inputs import framed
from nbtrack.models import require_trust

_ENDPOINT = "serve"
"""What Keras calls the function that predicts in a program that it exports."""
_SIGNATURE = "serving_default"


def write_program(model: Any, folder: Path) -> None:
    """Write the traced functions of a ``tf.Module`` and its variables.

    Raises
    ------
    UnsavableModel
        TensorFlow can't save it, or nothing of it could be called again.
    """
    import tensorflow as tf

    try:
        tf.saved_model.save(model, str(folder))
    except (ValueError, TypeError, AssertionError) as error:
        reason = str(error).strip().splitlines() or [repr(error)]
        raise UnsavableModel(f"TensorFlow can't save this {type(model).__name__}: {reason[0]}") from error


def read_program(directory: Path, folder: Path) -> Any:
    """Return the object that TensorFlow makes of a program: the module's functions and variables.

    Raises
    ------
    UntrustedModel, MalformedModel
        This user didn't sign the folder; it is damaged.
    """
    require_trust(directory, f"a program of TensorFlow ({folder.name})")
    import tensorflow as tf

    try:
        return tf.saved_model.load(str(folder))
    except (tf.errors.OpError, OSError, ValueError, KeyError, AttributeError, IndexError, RuntimeError) as error:
        reason = str(error).strip().splitlines() or [repr(error)]
        raise MalformedModel(f"{folder} is no whole program of TensorFlow: {reason[0]}") from error


class ProgramPredictor:
    """Calls a module, or what it serves, with tensors of the types that it was traced for."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._function = _function_of(model)
        self._specs = _specs_of(self._function)

    def __call__(self, given: Any, params: Mapping[str, Any]) -> Any:
        if isinstance(given, Mapping):
            answer = self._function(**{name: self._tensor(value, name) for name, value in given.items()}, **params)
        else:
            answer = self._function(self._tensor(given, None), **params)
        return framed(_arrays(answer), given)

    def _tensor(self, value: Any, name: str | None) -> Any:
        import tensorflow as tf

        plain = value.to_numpy() if hasattr(value, "to_numpy") else value
        tensor = tf.convert_to_tensor(plain)
        spec = next(iter(self._specs.values()), None) if name is None else self._specs.get(name)
        if spec is not None and tensor.dtype.is_floating and spec.dtype.is_floating:
            return tf.cast(tensor, spec.dtype)
        return tensor


def _function_of(model: Any) -> Any:
    """Return what predicts: the module's own call, else what it serves."""
    if callable(model):
        return model
    found = getattr(model, _ENDPOINT, None) or dict(getattr(model, "signatures", None) or {}).get(_SIGNATURE)
    if found is None:
        raise InvalidInput("The module has no __call__ that tf.function traced, and serves nothing: it can't predict.")
    return found


def _specs_of(function: Any) -> dict[str, Any]:
    """Return what a traced function takes, in its order, by name; empty where that isn't one thing."""
    import tensorflow as tf

    traced = getattr(function, "concrete_functions", None) or getattr(function.__call__, "concrete_functions", None)
    if traced is not None and len(traced) > 1:
        return {}
    only = traced[0] if traced else function
    by_place, by_name = getattr(only, "structured_input_signature", ((), {}))
    specs = [*by_place, *by_name.values()]
    return {spec.name or str(number): spec for number, spec in enumerate(specs) if isinstance(spec, tf.TensorSpec)}


def _arrays(answer: Any) -> Any:
    import tensorflow as tf

    if isinstance(answer, Mapping):
        return {name: _arrays(value) for name, value in answer.items()}
    if not isinstance(answer, tf.Tensor):
        raise InvalidInput(f"The model answers with a {type(answer).__name__}; predict() needs a tensor, or a dict.")
    return answer.numpy()

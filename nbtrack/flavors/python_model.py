"""The classes that users derive from, and that their pickles refer to: keep names and module where they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class TypeHints(NamedTuple):
    """Types of what ``predict`` takes and returns, where they decide how data is checked."""

    input: Any = None
    output: Any = None


class PythonModelContext:
    """What a custom model finds beside itself.

    Parameters
    ----------
    artifacts
        Paths of the files and folders that were saved with the model, by name.
    model_config
        Settings that were saved with the model.
    """

    def __init__(self, artifacts: Mapping[str, str], model_config: Mapping[str, Any] | None = None) -> None:
        self._artifacts, self._model_config = dict(artifacts), dict(model_config or {})

    @property
    def artifacts(self) -> dict[str, str]:
        return self._artifacts

    @property
    def model_config(self) -> dict[str, Any]:
        return self._model_config


class PythonModel:
    """Base of custom models: define ``predict(self, context, model_input[, params])``; ``context`` may be left out."""

    # MLflow asks for it when it loads a model that was saved here.
    predict_type_hints = TypeHints()

    def load_context(self, context: PythonModelContext) -> None:
        """Prepare for predictions, once, after loading: open what ``context.artifacts`` points to."""

    def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """Return the predictions for ``model_input``."""
        raise NotImplementedError(f"{type(self).__name__} defines no predict().")


class FunctionModel(PythonModel):
    """A plain function as a model."""

    def __init__(self, func: Callable[..., Any], takes_params: bool) -> None:
        self.func, self._takes_params = func, takes_params

    def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        return self.func(model_input, params) if self._takes_params else self.func(model_input)

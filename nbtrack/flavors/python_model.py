"""The classes that users derive from, and that their pickles refer to: keep names and module where they are."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nbtrack.flavors.type_hints import TypeHints, checked, data_parameter, hints_of, signature_of


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


class Checked:
    """A function whose data are checked by their type hint before they reach it.

    What was resolved of the hints is pickled along: where the function is loaded again, the names may mean nothing.
    """

    def __init__(self, function: Callable[..., Any], hints: TypeHints | None = None) -> None:
        functools.update_wrapper(self, function)
        self._function, self._hints = function, hints

    @property
    def hints(self) -> TypeHints:
        # Not before they are asked for: a class may name in its hints what is defined below it.
        if self._hints is None:
            self._hints = hints_of(self._function)
        return self._hints

    @functools.cached_property
    def _checked_place(self) -> tuple[str, int] | None:
        """The name and the position of the parameter that is checked; None where its hint says nothing."""
        name = data_parameter(self._function)
        if name is None or signature_of(self.hints) is None:
            return None
        return name, list(inspect.signature(self._function).parameters).index(name)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if self._checked_place is not None:
            name, place = self._checked_place
            if name in named:
                named[name] = checked(named[name], self.hints.input)
            elif place < len(arguments):
                given = checked(arguments[place], self.hints.input)
                arguments = (*arguments[:place], given, *arguments[place + 1 :])
        return self._function(*arguments, **named)

    def __get__(self, instance: object, _owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __reduce__(self) -> tuple[Any, ...]:
        return Checked, (self._function, self.hints)


class PythonModel:
    """Base of custom models: define ``predict(self, context, model_input[, params])``; ``context`` may be left out.

    With a type hint such as ``model_input: list[str]`` the data is checked by it, and it is the model's signature.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        predict = vars(cls).get("predict")
        if inspect.isfunction(predict) and predict.__annotations__.get(data_parameter(predict) or ""):
            cls.predict = Checked(predict)  # type: ignore[method-assign]

    @property
    def predict_type_hints(self) -> TypeHints:
        """The type hints of ``predict``; MLflow asks for them when it loads a model that was saved here."""
        predict = type(self).predict
        return predict.hints if isinstance(predict, Checked) else TypeHints()

    def load_context(self, context: PythonModelContext) -> None:
        """Prepare for predictions, once, after loading: open what ``context.artifacts`` points to."""

    def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """Return the predictions for ``model_input``."""
        raise NotImplementedError(f"{type(self).__name__} defines no predict().")

    def predict_stream(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Iterator[Any]:
        """Yield the answer to one input piece by piece. Models that can't leave it out."""
        raise NotImplementedError(f"{type(self).__name__} defines no predict_stream().")


class FunctionModel(PythonModel):
    """A plain function as a model."""

    def __init__(self, func: Callable[..., Any], takes_params: bool) -> None:
        self.func, self._takes_params = func, takes_params

    @property
    def predict_type_hints(self) -> TypeHints:
        return self.func.hints if isinstance(self.func, Checked) else TypeHints()

    def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        return self.func(model_input, params) if self._takes_params else self.func(model_input)

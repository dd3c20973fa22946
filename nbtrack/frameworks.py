"""The functions of a framework under the names that MLflow's users know, made from its flavor."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbtrack.errors import InvalidInput
from nbtrack.tracking import models as tracked
from nbtrack.tracking.models import ModelInfo

if TYPE_CHECKING:
    from nbtrack.flavors import Flavor
    from nbtrack.models import Model

_SHARED = frozenset({"input_example"})
"""Options that a flavor may want, and saving wants in any case."""


@dataclass(frozen=True)
class Framework:
    """One framework's ``save_model``, ``log_model``, ``load_model`` and ``autolog``.

    Parameters
    ----------
    package
        The package that the flavor, and what listens to its trainings, are named by.
    argument
        What MLflow calls the model there, for those who name it.
    """

    package: str
    argument: str = "model"

    def save_model(self, model: Any = None, path: str | Path | None = None, **options: Any) -> Model:
        """Save a model to a folder; ``options`` are those of ``nbtrack.flavors.save_model`` and of the flavor."""
        from nbtrack.flavors import save_model

        model = self._given(model, options)
        if path is None:
            raise InvalidInput("Say where the model is saved: path=...")
        return save_model(model, path, flavor=self._flavor(options), **options)

    def log_model(self, model: Any = None, artifact_path: str = "model", **options: Any) -> ModelInfo:
        """Save a model among the artifacts of the active run; see ``nbtrack.tracking.models.log_model``."""
        model = self._given(model, options)
        return tracked.log_model(model, artifact_path, flavor=self._flavor(options), **options)

    def load_model(self, model_uri: str | Path) -> Any:
        """Load a model as its framework knows it, from a path, ``runs:/RUN_ID/PATH`` or ``models:/NAME/VERSION``."""
        return tracked.load_native_model(model_uri)

    def autolog(self, disable: bool = False, **options: Any) -> None:
        """Make a run of every outermost fit of this framework, or stop doing so; see ``nbtrack.autolog``."""
        from nbtrack.autolog import autolog

        autolog(disable, frameworks=[self.package], **options)

    def _flavor(self, options: dict[str, Any]) -> Flavor:
        """Make the flavor, taking those of the options that are for its class."""
        from nbtrack.flavors import flavor_named, flavor_settings

        own = {name: options[name] for name in flavor_settings(self.package) & options.keys()}
        for name in own.keys() - _SHARED:
            del options[name]
        return flavor_named(self.package, **own)

    def _given(self, model: Any, options: dict[str, Any]) -> Any:
        if model is None:
            model = options.pop(self.argument, None)
        if model is None:
            raise InvalidInput(f"Say which model: {self.argument}=...")
        return model

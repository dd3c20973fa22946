"""Saving and loading crates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput, UnsavableModel
from nbtrack.flavors.crate.function import TIMEOUT_S, RFunction
from nbtrack.flavors.pickling import inner_path
from nbtrack.flavors.protocol import FlavorConfig, Predictor
from nbtrack.models import require_trust

_FILE = "crate.bin"
_VERSION = "0.1.0"
"""Of the format, as MLflow's R client writes it."""


class CrateFlavor:
    """Saves a function of R: an `RFunction`, the text of a script that ends with one, or the path of a file.

    MLflow's R client loads it, and what that client saved is loaded here. MLflow's Python knows no crates; where
    nbtrack is installed beside it, it predicts by them as well.

    Parameters
    ----------
    timeout_s
        How long a call, or the script, may take. ``load_model(uri, model_config={"timeout_s": 5})`` changes it.
    """

    name = "crate"
    always_predicts = True

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        if not timeout_s > 0:
            raise InvalidInput(f"timeout_s is {timeout_s!r}: it must be above 0.")
        self._timeout_s = timeout_s

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        function = self._function(model)
        (directory / _FILE).write_bytes(function.crate)
        pyfunc = {"loader_module": "nbtrack.crate", "data": _FILE, "config": {"timeout_s": function.timeout_s}}
        packages = frozenset({"nbtrack", "numpy", "pandas"})
        return FlavorConfig({"version": _VERSION, "model": _FILE}, pyfunc, packages)

    def load(self, directory: Path, config: FlavorConfig) -> RFunction:
        path = inner_path(directory, config.section.get("model") or _FILE)
        require_trust(directory, f"a function of R ({path.name})")
        timeout_s = ((config.pyfunc or {}).get("config") or {}).get("timeout_s", TIMEOUT_S)
        function = RFunction(path.read_bytes(), float(timeout_s))
        function.check(path)
        return function

    def predictor(self, model: RFunction, config: FlavorConfig) -> Predictor:  # noqa: ARG002 the protocol's
        def predict(given: Any, params: Mapping[str, Any]) -> Any:
            return model(given, params)

        return predict

    def _function(self, model: Any) -> RFunction:
        if isinstance(model, RFunction):
            return model if self._timeout_s == TIMEOUT_S else replace(model, timeout_s=self._timeout_s)
        if isinstance(model, Path) or (isinstance(model, str) and model.endswith((".R", ".r", ".rds"))):
            return RFunction.from_file(Path(model), self._timeout_s)
        if isinstance(model, str):
            return RFunction.from_source(model, self._timeout_s)
        raise UnsavableModel(
            f"A {type(model).__name__} is no function of R. Give the text of a script that ends with one, or its file."
        )

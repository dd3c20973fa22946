"""statsmodels: the results of a fit, which it knows to save as a pickle only, so a signed one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput, UnsavableModel
from nbtrack.flavors.pickling import read_pickle, write_pickle
from nbtrack.flavors.protocol import FlavorConfig, Predictor

_FILE = "model.statsmodels"


class StatsmodelsFlavor:
    """Saves what ``fit`` of a model of statsmodels returns."""

    name = "statsmodels"

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        import statsmodels

        if not hasattr(model, "predict") or not hasattr(model, "model"):
            raise UnsavableModel(f"This {type(model).__name__} can't be saved: give what its fit() returned.")
        packages = write_pickle(model, directory / _FILE)
        section = {"statsmodels_version": statsmodels.__version__, "data": _FILE, "code": None}
        pyfunc = {"loader_module": "mlflow.statsmodels", "data": _FILE}
        return FlavorConfig(section, pyfunc, packages | {"statsmodels", "numpy", "scipy", "pandas"})

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        return read_pickle(directory, str(config.section.get("data") or _FILE))

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:  # noqa: ARG002 the protocol's
        from statsmodels.tsa.base.tsa_model import TimeSeriesModel

        is_series = isinstance(model.model, TimeSeriesModel)

        def predict(given: Any, params: Mapping[str, Any]) -> Any:
            return model.predict(**_period(given), **params) if is_series else model.predict(given, **params)

        return predict


def _period(given: Any) -> dict[str, Any]:
    """Return the first and the last point in time that a model of a time series shall predict."""
    columns = getattr(given, "columns", ())
    if "start" not in columns or "end" not in columns or len(given) != 1:
        raise InvalidInput("A model of a time series predicts from a frame of one row with the columns start and end.")
    return {"start": given["start"].iloc[0], "end": given["end"].iloc[0]}

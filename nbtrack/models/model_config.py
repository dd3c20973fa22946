"""The settings of a model that is kept as code, for the script that makes it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput, SettingNotFound
from nbtrack.models.yaml_text import read_yaml

_MLFLOW, _MLFLOW_S_PLACE = "mlflow.models.model_config", "__mlflow_model_config__"


class ModelConfig:
    """The settings that a model was saved with, or is loaded with, where it is kept as code.

    >>> config = nbtrack.models.ModelConfig(development_config={"unit": "mm"})  # doctest: +SKIP
    >>> config.get("unit")  # doctest: +SKIP
    'mm'

    Parameters
    ----------
    development_config
        Settings while the script, or the cell, is run by itself: a mapping, or the path of a YAML file. Whoever saves
        the model, or loads it, says others: ``model_config``.

    Raises
    ------
    InvalidInput
        There are no settings: the model was saved without ``model_config``, or is written without
        ``development_config``; or they are no mapping.
    """

    def __init__(self, *, development_config: Mapping[str, Any] | str | Path | None = None) -> None:
        given = _settings_given()
        if given is not None and not given:
            raise InvalidInput(
                "The script of this model reads settings by ModelConfig, and there are none: save it with "
                "model_config={...}. Its development_config is for running the script by itself."
            )
        settings = read_settings(given or development_config)
        if settings is None:
            raise InvalidInput("ModelConfig has no settings: give development_config, a mapping or a YAML file's path.")
        self._settings = settings

    def get(self, key: str) -> Any:
        """Return one setting.

        Raises
        ------
        SettingNotFound
            There is none of this name.
        """
        if key not in self._settings:
            raise SettingNotFound(key, tuple(self._settings))
        return self._settings[key]

    def to_dict(self) -> dict[str, Any]:
        """Return all settings."""
        return dict(self._settings)


def read_settings(given: Mapping[str, Any] | str | Path | None) -> Mapping[str, Any] | None:
    """Return settings, reading them where they are given as the path of a YAML file.

    Raises
    ------
    InvalidInput
        There is no such file, or it is no mapping.
    """
    if given is None or isinstance(given, Mapping):
        return given
    if not Path(given).is_file():
        raise InvalidInput(f"Settings are a dict or the path of a YAML file, and there is no file {str(given)!r}.")
    settings = read_yaml(Path(given))
    if not isinstance(settings, Mapping):
        raise InvalidInput(f"The settings in {given} are no mapping of names to values.")
    return settings


@contextmanager
def with_settings(settings: Mapping[str, Any] | None) -> Iterator[None]:
    """Let ``ModelConfig``, nbtrack's and MLflow's, have these settings in this block; None: the model has none."""
    stated: Mapping[str, Any] | str = dict(settings) if settings else ""
    mlflow = sys.modules.get(_MLFLOW)
    before = getattr(mlflow, _MLFLOW_S_PLACE, None)
    token = _GIVEN.set(stated)
    if mlflow is not None:
        setattr(mlflow, _MLFLOW_S_PLACE, stated)
    try:
        yield
    finally:
        _GIVEN.reset(token)
        if mlflow is not None:
            setattr(mlflow, _MLFLOW_S_PLACE, before)


def _settings_given() -> Any:
    """Return the settings of the model whose script runs, empty if it has none; None where no model is made."""
    given = _GIVEN.get()
    # MLflow runs the script, and says so there in the same way.
    return given if given is not None else getattr(sys.modules.get(_MLFLOW), _MLFLOW_S_PLACE, None)


_GIVEN: ContextVar[Mapping[str, Any] | str | None] = ContextVar("nbtrack_model_settings", default=None)

"""ONNX: ``ModelProto``s, saved as they are; ONNX Runtime predicts."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput, MalformedModel
from nbtrack.flavors.onnx.files import read_model, write_model
from nbtrack.flavors.onnx.graphs import signature_of
from nbtrack.flavors.onnx.predictions import OnnxPredictor
from nbtrack.flavors.onnx.sessions import PROVIDERS, SessionSettings
from nbtrack.flavors.pickling import inner_path
from nbtrack.flavors.protocol import FlavorConfig, Predictor
from nbtrack.models import require_trust

_FILE = "model.onnx"


class OnnxFlavor:
    """Saves a ``ModelProto``, as ``onnx.load`` and the converters make it.

    Parameters
    ----------
    onnx_execution_providers
        What ONNX Runtime may compute with, best first: names, or pairs of a name and options. Those that a machine
        doesn't have are passed over there. GPUs where there are, then the CPU, by default.
    onnx_session_options
        ``intra_op_num_threads``, ``inter_op_num_threads``, ``execution_mode`` (``sequential`` or ``parallel``),
        ``graph_optimization_level`` (0, 1, 2, 3 or 99) and ``extra_session_config`` (names to texts).
    save_as_external_data
        Keep large tensors in a file of their own, which a model above 2 GB does in any case.
    """

    name = "onnx"

    def __init__(
        self,
        onnx_execution_providers: Sequence[Any] | None = None,
        onnx_session_options: Mapping[str, Any] | None = None,
        save_as_external_data: bool = False,
    ) -> None:
        self._section: dict[str, Any] = {
            "providers": list(PROVIDERS if onnx_execution_providers is None else onnx_execution_providers),
            "onnx_session_options": dict(onnx_session_options) if onnx_session_options else None,
        }
        try:
            SessionSettings.of(self._section)
        except ValueError as error:
            raise InvalidInput(str(error)) from None
        self._has_external_data = save_as_external_data

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        import onnx

        write_model(model, directory / _FILE, has_external_data=self._has_external_data)
        providers = [list(entry) if isinstance(entry, tuple) else entry for entry in self._section["providers"]]
        section = {"onnx_version": onnx.__version__, "data": _FILE, **self._section, "providers": providers}
        return FlavorConfig(
            {**section, "code": None},
            {"loader_module": "mlflow.onnx", "data": _FILE, "python_version": platform.python_version()},
            frozenset({"onnx", "onnxruntime", "numpy"}),
            default_signature=signature_of(model),
        )

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        settings = _settings(config)
        if settings.has_free_options:
            # Some providers load a library that their options name.
            require_trust(directory, "options of ONNX Runtime's execution providers")
        return read_model(inner_path(directory, config.section.get("data") or _FILE))

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:
        return OnnxPredictor(model, _settings(config))


def _settings(config: FlavorConfig) -> SessionSettings:
    try:
        return SessionSettings.of(config.section)
    except ValueError as error:
        raise MalformedModel(f"The MLmodel file asks ONNX Runtime for what it doesn't have. {error}") from None

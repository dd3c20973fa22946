"""ONNX Runtime's sessions, as the MLmodel file wants them and the machine has it."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbtrack.errors import MalformedModel
from nbtrack.flavors.onnx.files import is_too_large_for_one_file, write_model

PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")
_CPU = "CPUExecutionProvider"
_MODES = {"sequential": "ORT_SEQUENTIAL", "parallel": "ORT_PARALLEL"}
_OPTIMIZATIONS = (0, 1, 2, 3, 99)
_THREADS = ("intra_op_num_threads", "inter_op_num_threads")


@dataclass(frozen=True)
class SessionSettings:
    """What the section of an MLmodel file asks ONNX Runtime for.

    Parameters
    ----------
    providers
        Names with their options, best first.
    options
        Checked ``onnx_session_options``.
    """

    providers: tuple[tuple[str, Mapping[str, Any]], ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, section: Mapping[str, Any]) -> SessionSettings:
        """Read a section.

        Raises
        ------
        ValueError
            A part of it is nothing that ONNX Runtime has.
        """
        given = section.get("providers") or PROVIDERS
        entries = [given] if isinstance(given, str) else given
        if not isinstance(entries, (list, tuple)):
            raise ValueError(f"The providers are a list of names, not {given!r}.")
        options = section.get("onnx_session_options") or {}
        if not isinstance(options, Mapping):
            raise ValueError(f"The session options are a dict, not {options!r}.")
        for name, value in options.items():
            _check_option(name, value)
        return cls(tuple(_provider(entry) for entry in entries), options)

    @property
    def has_free_options(self) -> bool:
        """Whether something is handed on to a provider as it stands."""
        return any(options for _, options in self.providers) or bool(self.options.get("extra_session_config"))

    def usable_providers(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the providers that this machine has; the CPU where it has none of them."""
        import onnxruntime

        available = set(onnxruntime.get_available_providers())
        names = tuple(name for name, _ in self.providers)
        missing = [name for name in names if name not in available]
        if missing and names != PROVIDERS:
            warnings.warn(
                f"The model was saved for {', '.join(missing)}, which ONNX Runtime doesn't have here.", stacklevel=2
            )
        return [(name, dict(options)) for name, options in self.providers if name in available] or [(_CPU, {})]


def open_session(model: Any, settings: SessionSettings) -> Any:
    """Return an ``InferenceSession`` of a ``ModelProto``.

    Raises
    ------
    MalformedModel
        ONNX Runtime can't run this graph.
    """
    import onnxruntime

    def opened(source: Any) -> Any:
        try:
            return onnxruntime.InferenceSession(source, _session_options(settings), settings.usable_providers())
        except MemoryError:
            raise
        except Exception as error:  # onnxruntime's errors have no class in common
            raise MalformedModel(f"ONNX Runtime can't run this model: {error}") from error

    if not is_too_large_for_one_file(model):
        return opened(model.SerializeToString())
    with tempfile.TemporaryDirectory(prefix="nbtrack-onnx-") as folder:
        path = Path(folder, "model.onnx")
        write_model(model, path)
        return opened(str(path))


def _session_options(settings: SessionSettings) -> Any:
    import onnxruntime

    made, options = onnxruntime.SessionOptions(), settings.options
    for name in _THREADS:
        if options.get(name):
            setattr(made, name, options[name])
    if mode := options.get("execution_mode"):
        made.execution_mode = getattr(onnxruntime.ExecutionMode, _MODES[mode.lower()])
    if (level := options.get("graph_optimization_level")) is not None:
        made.graph_optimization_level = onnxruntime.GraphOptimizationLevel(level)
    for key, value in (options.get("extra_session_config") or {}).items():
        made.add_session_config_entry(key, value)
    return made


def _provider(entry: Any) -> tuple[str, Mapping[str, Any]]:
    name, options = entry if isinstance(entry, (list, tuple)) and len(entry) == 2 else (entry, {})
    if not isinstance(name, str) or not isinstance(options, Mapping):
        raise ValueError(f"A provider is a name, or a pair of a name and a dict of options, not {entry!r}.")
    return name, options


def _check_option(name: Any, value: Any) -> None:
    if value is None:
        return
    wanted = _WANTED.get(name)
    if wanted is None:
        raise ValueError(f"There is no session option {name!r}. There are: {', '.join(_WANTED)}.")
    if not wanted[1](value):
        raise ValueError(f"The session option {name} is {wanted[0]}, not {value!r}.")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and 0 <= value < 2**31


_WANTED: dict[Any, tuple[str, Any]] = {
    "intra_op_num_threads": ("a number of threads", _is_count),
    "inter_op_num_threads": ("a number of threads", _is_count),
    "execution_mode": (
        "sequential or parallel",
        lambda value: isinstance(value, str) and value.lower() in _MODES,
    ),
    "graph_optimization_level": (
        f"one of {', '.join(map(str, _OPTIMIZATIONS))}",
        lambda value: isinstance(value, int) and value in _OPTIMIZATIONS,
    ),
    "extra_session_config": (
        "a dict of texts",
        lambda value: (
            isinstance(value, Mapping) and all(isinstance(part, str) for item in value.items() for part in item)
        ),
    ),
}

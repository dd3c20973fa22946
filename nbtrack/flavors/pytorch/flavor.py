from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput, MalformedModel
from nbtrack.flavors.pickling import inner_path
from nbtrack.flavors.protocol import FlavorConfig, Predictor
from nbtrack.flavors.pytorch import pickles, programs, weights
from nbtrack.flavors.pytorch.prediction import predictor_of

FORMATS = ("pickle", "pt2", "safetensors")
_FOLDER = "data"

Reader = Callable[[Path, Path, Mapping[str, Any]], Any]
_READERS: dict[str, Reader] = {
    weights.FILE: weights.read,
    programs.EXPORTED: programs.read_exported,
    pickles.FILE: pickles.read,
}


class PyTorchFlavor:
    """Saves modules, Lightning's and TorchScript's included.

    Parameters
    ----------
    serialization_format
        ``pickle``, which takes any module; ``pt2``, a program that ``torch.export`` traces, which needs no class to
        load; ``safetensors``, the weights alone beside the name of the class, for a class that can be imported. MLflow
        reads the first two. A TorchScript module is a program already.
    arguments
        What the class is called with when it is loaded from ``safetensors``: plain values. By default Lightning's
        ``hparams``, else none.
    input_example
        What ``pt2`` is traced on: what the model eats, of two rows or more, so that any number of rows will do.
    """

    name = "pytorch"

    def __init__(
        self,
        serialization_format: str = "pickle",
        *,
        arguments: Mapping[str, Any] | None = None,
        input_example: Any = None,
    ) -> None:
        if serialization_format not in FORMATS:
            raise InvalidInput(f"PyTorch models are saved as {', '.join(FORMATS)}, not as {serialization_format!r}.")
        self._format, self._arguments, self._example = serialization_format, arguments, input_example

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        import torch

        folder = directory / _FOLDER
        folder.mkdir()
        more, packages = self._write(model, folder)
        section = {"model_data": _FOLDER, "pytorch_version": str(torch.__version__), "code": None, **more}
        pyfunc = {
            "loader_module": "mlflow.pytorch",
            "data": _FOLDER,
            "pickle_module_name": pickles.MODULE,
            "model_config": {"device": None},
        }
        return FlavorConfig(section, pyfunc, frozenset({"torch", "numpy"}) | packages)

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        folder = inner_path(directory, config.section.get("model_data") or _FOLDER)
        for name, read in _READERS.items():
            if (folder / name).exists():
                return read(directory, folder / name, config.section)
        raise MalformedModel(f"{directory} is incomplete: its folder {folder.name!r} holds no model of PyTorch.")

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:  # noqa: ARG002 the protocol's
        return predictor_of(model)

    def _write(self, model: Any, folder: Path) -> tuple[dict[str, Any], frozenset[str]]:
        """Write the model; return what the section says of it, and the packages that loading needs."""
        if programs.is_script(model):
            if self._format != "pickle":
                raise InvalidInput("A TorchScript module is a program already: leave serialization_format out.")
            model.save(str(folder / pickles.FILE))
            pickles.name_module(folder)
            return {"serialization_format": "torchscript"}, frozenset()
        described = {"serialization_format": self._format}
        if self._format == "pt2":
            programs.write_exported(model, folder / programs.EXPORTED, self._example)
            return described, frozenset()
        if self._format == "safetensors":
            return described | weights.write(model, folder / weights.FILE, self._arguments), weights.packages_of(model)
        return described, pickles.write(model, folder)

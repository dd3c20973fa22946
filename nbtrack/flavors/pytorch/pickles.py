"""Whole modules, pickled in PyTorch's archive. MLflow reads them where it is told that it may."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from nbtrack.flavors.pickling import explaining, packages_in
from nbtrack.flavors.pytorch import programs
from nbtrack.flavors.pytorch.damage import refusing_damage
from nbtrack.models import require_trust

FILE = "model.pth"
MODULE = "pickle"
"""The module that reads them, for MLflow; cloudpickle, which writes them, is needed for classes of a notebook only."""


def write(model: Any, folder: Path) -> frozenset[str]:
    """Write a module and return the import names of the packages that it refers to.

    Raises
    ------
    UnsavableModel
        A part of it can't be pickled; the message names the attribute.
    """
    import cloudpickle
    import torch

    with explaining(model):
        torch.save(model, folder / FILE, pickle_module=cloudpickle)
    name_module(folder)
    with ZipFile(folder / FILE) as archive:
        inner = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        return packages_in(archive.read(inner))


def name_module(folder: Path) -> None:
    """Write down for MLflow which module unpickles."""
    (folder / "pickle_module_info.txt").write_text(MODULE, encoding="utf-8")


def read(directory: Path, path: Path, _section: Mapping[str, Any]) -> Any:
    """Return the module on the CPU, ready to predict; a TorchScript module, too, lies under this name.

    Raises
    ------
    UntrustedModel, MalformedModel
        This user didn't sign it; it is damaged, or needs a class that is not there.
    """
    import torch

    require_trust(directory, f"a pickle or program of PyTorch ({path.name})")
    with refusing_damage(path):
        if programs.holds_script(path):
            return programs.read_script(path)
        return torch.load(path, map_location="cpu", weights_only=False).eval()

"""Programs that need no class: what ``torch.export`` traced, and TorchScript.

They are code all the same. A program of ``torch.export`` may name any function beneath ``torch``, and hold pickles;
TorchScript may write files. So both are loaded only where the folder is trusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from nbtrack.errors import InvalidInput, UnsavableModel
from nbtrack.flavors.pytorch.damage import refusing_damage
from nbtrack.flavors.pytorch.prediction import at_rest, tensors_of
from nbtrack.models import require_trust

EXPORTED = "model.pt2"


def write_exported(model: Any, path: Path, example: Any) -> None:
    """Trace a module on an example, with any number of rows, and write the program.

    Raises
    ------
    InvalidInput
        There is no example.
    UnsavableModel
        ``torch.export`` can't trace it.
    """
    import torch

    if example is None:
        raise InvalidInput("pt2 is traced on what the model eats: give an input_example of two rows or more.")
    arguments, named = tensors_of(example, model)
    rows = {0: torch.export.Dim.AUTO}
    shapes: Any = dict.fromkeys(named, rows) if named else tuple(rows for _ in arguments)
    with at_rest(model):
        try:
            program = torch.export.export(model, arguments, named, dynamic_shapes=shapes)
        except Exception as error:
            reason = str(error).strip().splitlines()[0]
            raise UnsavableModel(
                f"torch.export can't trace this {type(model).__name__} ({reason}). Save it as a pickle."
            ) from error
    torch.export.save(program, path)


def read_exported(directory: Path, path: Path, _section: Mapping[str, Any]) -> Any:
    import torch

    require_trust(directory, f"a program of torch.export ({path.name})")
    with refusing_damage(path):
        ZipFile(path).close()  # torch prints pages about what is no archive
        return torch.export.load(path).module()


def is_script(model: Any) -> bool:
    import torch

    return isinstance(model, torch.jit.ScriptModule)


def holds_script(path: Path) -> bool:
    with ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def read_script(path: Path) -> Any:
    import torch

    return torch.jit.load(str(path), map_location="cpu").eval()

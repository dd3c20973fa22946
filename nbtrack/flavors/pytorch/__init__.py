"""PyTorch: modules as a signed pickle, as a program, or as weights beside the name of their class."""

from nbtrack.flavors.pytorch.flavor import FORMATS, PyTorchFlavor

__all__ = ["FORMATS", "PyTorchFlavor"]

"""PyTorch: modules as a signed pickle, as a program, or as weights beside the name of their class."""

from nbtrack.flavors.pytorch.flavor import FORMATS, PyTorchFlavor
from nbtrack.flavors.pytorch.prediction import predictor_of

__all__ = ["FORMATS", "PyTorchFlavor", "predictor_of"]

"""TensorFlow: its own modules as SavedModel programs, and models of Keras as MLflow keeps them for TensorFlow."""

from nbtrack.flavors.tensorflow.flavor import TensorFlowFlavor
from nbtrack.flavors.tensorflow.programs import ProgramPredictor, read_program

__all__ = ["ProgramPredictor", "TensorFlowFlavor", "read_program"]

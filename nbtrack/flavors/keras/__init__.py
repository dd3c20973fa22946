"""Keras 3: models in its own ``.keras`` archive, which MLflow reads too."""

from nbtrack.flavors.keras.configs import CONFIG, FILES, ModelConfig, read_config
from nbtrack.flavors.keras.files import is_model, read_model, write_model
from nbtrack.flavors.keras.flavor import KerasFlavor
from nbtrack.flavors.keras.prediction import KerasPredictor, signature_of

__all__ = [
    "CONFIG",
    "FILES",
    "KerasFlavor",
    "KerasPredictor",
    "ModelConfig",
    "is_model",
    "read_config",
    "read_model",
    "signature_of",
    "write_model",
]

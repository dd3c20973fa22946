"""TensorFlow's modules, and Keras's models as MLflow keeps them for TensorFlow, under the names that its users know."""

from nbtrack.frameworks import Framework

__all__ = ["autolog", "load_model", "log_model", "save_model"]

_framework = Framework("tensorflow")
save_model, log_model = _framework.save_model, _framework.log_model
load_model, autolog = _framework.load_model, _framework.autolog

"""ONNX models under the names that MLflow's users know."""

from nbtrack.frameworks import Framework

__all__ = ["load_model", "log_model", "save_model"]

_framework = Framework("onnx", "onnx_model")
save_model, log_model, load_model = _framework.save_model, _framework.log_model, _framework.load_model

"""H2O's models under the names that MLflow's users know."""

from nbtrack.frameworks import Framework

__all__ = ["load_model", "log_model", "save_model"]

_framework = Framework("h2o", "h2o_model")
save_model, log_model, load_model = _framework.save_model, _framework.log_model, _framework.load_model

"""nbtrack beside MLflow, in turn, in one go: ``make bench``."""

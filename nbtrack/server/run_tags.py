"""Tags by which the notebook layer tells more of a run than the store's columns hold."""

CAPTURE_MS = "nbtrack.capture_ms"
FIGURES = "nbtrack.figures"
WARNING = "nbtrack.warning"
GIT_COMMIT = "mlflow.source.git.commit"
GIT_DIRTY = "nbtrack.git_dirty"

"""Tags of runs and models on MLflow's servers that hold what those have no place for."""

RUN_ID = "nbtrack.run_id"
"""The id that nbtrack gave the run before the server knew it."""
SERVER_RUN_ID = "nbtrack.server_run_id"
"""The id that the server gave it; shown with the run, not stored."""
ORIGIN = "nbtrack.origin"
PARENT_RUN_ID = "nbtrack.parent_run_id"
GROUP_ID = "nbtrack.group_id"
ATTEMPT = "nbtrack.attempt"
CELL_ID = "nbtrack.cell_id"
NOTEBOOK = "nbtrack.notebook"
EXECUTION_COUNT = "nbtrack.execution_count"
SESSION_ID = "nbtrack.session_id"
SESSION = "nbtrack.session"
SEEN_AT_MS = "nbtrack.seen_at_ms"
MODELS = "mlflow.log-model.history"
"""MLflow's own: descriptions of the model folders among a run's artifacts."""
MODEL_ID = "nbtrack.model_id"
"""The id that nbtrack gave a logged model."""
MODEL = "nbtrack.model"
"""What else nbtrack knows of a logged model, as JSON."""
SOURCE_NAME = "mlflow.source.name"
SOURCE_TYPE = "mlflow.source.type"

HIDDEN = frozenset(
    (
        RUN_ID,
        ORIGIN,
        PARENT_RUN_ID,
        GROUP_ID,
        ATTEMPT,
        CELL_ID,
        NOTEBOOK,
        EXECUTION_COUNT,
        SESSION_ID,
        SESSION,
        SEEN_AT_MS,
        MODELS,
    )
)
"""Not shown among a run's tags: what they say is said elsewhere."""
HIDDEN_OF_MODELS = frozenset((MODEL_ID, MODEL))

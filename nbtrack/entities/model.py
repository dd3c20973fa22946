from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LoggedModel:
    """A model folder among a run's artifacts."""

    model_id: str
    run_id: str
    path: str
    name: str
    flavor: str
    size_bytes: int
    created_at_ms: int
    signature: str | None = None

    @property
    def model_uri(self) -> str:
        return f"runs:/{self.run_id}/{self.path}"


@dataclass(frozen=True)
class ModelVersion:
    """A version of a registered model; ``source`` is the URI that it was registered from."""

    name: str
    version: str
    source: str
    run_id: str | None
    creation_timestamp: int
    description: str = ""


@dataclass(frozen=True)
class RegisteredModel:
    name: str
    creation_timestamp: int
    last_updated_timestamp: int
    description: str = ""
    versions: tuple[ModelVersion, ...] = ()

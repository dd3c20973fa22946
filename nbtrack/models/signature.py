"""A model's signature: what goes in, what comes out, and the params of predict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nbtrack.errors import InvalidInput
from nbtrack.models.schema import ParamSchema, Schema


@dataclass(frozen=True)
class ModelSignature:
    """Schemas of inputs, outputs and params; a part that is unknown is None."""

    inputs: Schema | None = None
    outputs: Schema | None = None
    params: ParamSchema | None = None

    def __post_init__(self) -> None:
        if self.inputs is None and self.outputs is None and self.params is None:
            raise InvalidInput("A signature needs at least one of inputs, outputs and params.")

    def to_dict(self) -> dict[str, str | None]:
        """Return the form that stands in the MLmodel file: JSON texts."""
        return {
            "inputs": self.inputs.to_json() if self.inputs is not None else None,
            "outputs": self.outputs.to_json() if self.outputs is not None else None,
            "params": self.params.to_json() if self.params else None,
        }

    @classmethod
    def from_dict(cls, parts: Mapping[str, str | None]) -> ModelSignature:
        """Read the form that stands in the MLmodel file."""
        inputs, outputs, params = (parts.get(part) for part in ("inputs", "outputs", "params"))
        return cls(
            Schema.from_json(inputs) if inputs else None,
            Schema.from_json(outputs) if outputs else None,
            ParamSchema.from_json(params) if params else None,
        )

    def __repr__(self) -> str:
        parts = (f"{name}:\n  {getattr(self, name)}" for name in ("inputs", "outputs", "params"))
        return "\n".join(parts)

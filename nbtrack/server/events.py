"""The event that tells browsers that something changed; they then ask what."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

STORE_CHANGED = "https://nbtrack.dev/events/store-changed"

Topic: TypeAlias = Literal["store", "deployments", "evaluations"]

SCHEMA: dict[str, Any] = {
    "$id": STORE_CHANGED,
    "version": "1",
    "title": "Something in nbtrack changed",
    "description": "Runs, experiments or models, a served model, or an evaluation changed.",
    "type": "object",
    "properties": {
        "seq": {"type": "integer", "description": "The store's newest change."},
        "topic": {"type": "string", "enum": ["store", "deployments", "evaluations"]},
    },
    "required": ["seq", "topic"],
}

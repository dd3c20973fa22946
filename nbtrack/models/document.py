"""The MLmodel file: what a saved model is, readable without importing anything of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput, MalformedModel
from nbtrack.models.example import load_example
from nbtrack.models.schema import ParamSchema, Schema
from nbtrack.models.signature import ModelSignature
from nbtrack.models.yaml_text import parse_yaml, read_yaml, write_yaml

MLMODEL = "MLmodel"

# The newest MLflow whose MLmodel files these were compared with. MLflow decides by it how to read a file.
COMPATIBLE_MLFLOW = "3.17.2"


@dataclass(frozen=True)
class Model:
    """An MLmodel document.

    A file that is read is written back as it was, but for what is changed: keys that nbtrack doesn't know are in
    ``extra``, and what spells a known one in another way than nbtrack does is in ``stated``.
    """

    flavors: Mapping[str, Mapping[str, Any]]
    signature: ModelSignature | None = None
    run_id: str | None = None
    model_id: str | None = None
    artifact_path: str | None = None
    name: str | None = None
    model_uuid: str | None = None
    utc_time_created: str | None = None
    mlflow_version: str | None = COMPATIBLE_MLFLOW
    model_size_bytes: int | None = None
    saved_input_example_info: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    stated: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def new(cls, flavors: Mapping[str, Mapping[str, Any]], **values: Any) -> Model:
        """Return a document of a model that is being saved now."""
        now = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None).isoformat(sep=" ")
        # As MLflow writes it, which has an id for every model that is logged.
        stated = {"model_id": None}
        return cls(flavors, model_uuid=uuid.uuid4().hex, utc_time_created=now, stated=stated, **values)

    @classmethod
    def load(cls, path: str | Path) -> Model:
        """Read ``path``, a model folder or its MLmodel file."""
        path = Path(path)
        file = path / MLMODEL if path.is_dir() else path
        if not file.is_file():
            raise MalformedModel(f"{path} is no saved model: it has no file named MLmodel.")
        return cls.from_dict(read_yaml(file), str(file))

    @classmethod
    def from_yaml(cls, text: str) -> Model:
        """Read the text of an MLmodel file."""
        return cls.from_dict(parse_yaml(text, MLMODEL), MLMODEL)

    @classmethod
    def from_dict(cls, document: Any, where: str = MLMODEL) -> Model:
        """Read a parsed MLmodel file; ``where`` is used in messages."""
        if not isinstance(document, dict) or not _are_sections(document.get("flavors")):
            raise MalformedModel(f"{where} has no section `flavors`, so it describes no model.")
        try:
            signature = _signature_of(document)
        except (InvalidInput, ValueError, KeyError, TypeError, AttributeError) as error:
            raise MalformedModel(f"{where} has a signature that can't be read: {error}") from None
        known = {name: document.get(name) for name in _PLAIN}
        _check_types(known, where)
        if known["utc_time_created"] is not None:
            known["utc_time_created"] = str(known["utc_time_created"])
        extra = {name: value for name, value in document.items() if name not in {"flavors", *_KNOWN}}
        stated = {name: document[name] for name in _KNOWN & document.keys()}
        return cls(document["flavors"], signature, **known, extra=extra, stated=stated)

    def to_dict(self) -> dict[str, Any]:
        """Return what stands in the file."""
        document: dict[str, Any] = {name: None for name, value in self.stated.items() if value is None}
        document |= {**self.extra, "flavors": {name: dict(section) for name, section in self.flavors.items()}}
        for name in _PLAIN:
            value = getattr(self, name)
            if value is not None:
                document[name] = dict(value) if isinstance(value, Mapping) else value
        if self.signature is not None:
            document["signature"] = self.signature.to_dict()
            if not self.stated.get("signature"):
                document.setdefault("is_signature_from_type_hint", False)
                document.setdefault("type_hint_from_example", False)
        return document | self._as_stated()

    def _as_stated(self) -> dict[str, Any]:
        """Return what the file that was read spells in another way, where it still says the same."""
        spelled: dict[str, Any] = {}
        if self.signature is not None and self.signature == _signature_of(self.stated):
            spelled["signature"] = self.stated["signature"]
        created = self.stated.get("utc_time_created")
        if created is not None and str(created) == self.utc_time_created:
            spelled["utc_time_created"] = created
        return spelled

    def save(self, path: str | Path) -> None:
        """Write the document into ``path``, a folder or a file."""
        path = Path(path)
        write_yaml(path / MLMODEL if path.is_dir() else path, self.to_dict())

    def replace(self, **changes: Any) -> Model:
        """Return a copy with ``changes``."""
        return replace(self, **changes)

    def get_input_schema(self) -> Schema | None:
        """Return the schema of the inputs, if there is a signature."""
        return self.signature.inputs if self.signature else None

    def get_output_schema(self) -> Schema | None:
        """Return the schema of the outputs, if there is a signature."""
        return self.signature.outputs if self.signature else None

    def get_params_schema(self) -> ParamSchema | None:
        """Return the schema of the params, if there is a signature."""
        return self.signature.params if self.signature else None

    def load_input_example(self, path: str | Path) -> Any:
        """Return the input example that lies in the model folder ``path``, or None."""
        example = load_example(Path(path), self.saved_input_example_info, self.get_input_schema())
        return None if example is None else example.inputs

    def load_input_example_params(self, path: str | Path) -> dict[str, Any] | None:
        """Return the params that lie beside the input example in the model folder ``path``, or None."""
        example = load_example(Path(path), self.saved_input_example_info, self.get_input_schema())
        return dict(example.params) if example is not None and example.params else None


_PLAIN = (
    "run_id",
    "model_id",
    "artifact_path",
    "name",
    "model_uuid",
    "utc_time_created",
    "mlflow_version",
    "model_size_bytes",
    "saved_input_example_info",
    "metadata",
)
_KNOWN = frozenset({"signature", *_PLAIN})

_TYPES: dict[str, type | tuple[type, ...]] = {
    "utc_time_created": (str, dt.date),  # a date where an old writer left the quotes away
    "model_size_bytes": int,
    "saved_input_example_info": dict,
    "metadata": dict,
}


def _signature_of(document: Mapping[str, Any]) -> ModelSignature | None:
    return ModelSignature.from_dict(document["signature"]) if document.get("signature") else None


def _check_types(values: Mapping[str, Any], where: str) -> None:
    for name, value in values.items():
        wanted = _TYPES.get(name, str)
        if value is not None and not isinstance(value, wanted):
            raise MalformedModel(f"{where} has a {type(value).__name__} as its {name}, which no MLmodel file has.")


def _are_sections(flavors: object) -> bool:
    return (
        isinstance(flavors, dict) and bool(flavors) and all(isinstance(section, dict) for section in flavors.values())
    )

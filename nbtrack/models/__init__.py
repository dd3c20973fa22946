"""The MLmodel format: documents, signatures, schemas, environments and trust. Frameworks are not known here."""

from __future__ import annotations

import importlib
from typing import Any

from nbtrack.models.document import COMPATIBLE_MLFLOW, MLMODEL, Model
from nbtrack.models.enforcement import enforce_schema, frame_of_mapping
from nbtrack.models.environment import ENVIRONMENT, StatedEnvironment, read_requirements, write_environment
from nbtrack.models.example import InputExample, load_example, save_example
from nbtrack.models.from_code import set_model, source_that_set, taking_model
from nbtrack.models.inference import infer_schema, infer_signature
from nbtrack.models.json_values import columns_from_text, items_from_text, tensors_from_json
from nbtrack.models.model_config import ModelConfig, read_settings, with_settings
from nbtrack.models.param_values import enforce_params
from nbtrack.models.pickle_imports import imports_of_pickle
from nbtrack.models.polars_frames import is_polars
from nbtrack.models.polars_frames import to_pandas as polars_to_pandas
from nbtrack.models.requirements import package_of, pinned
from nbtrack.models.resources import platform_resources
from nbtrack.models.schema import (
    AnyType,
    Array,
    ColSpec,
    DataType,
    Map,
    Object,
    ParamSchema,
    ParamSpec,
    Property,
    Schema,
    TensorSpec,
)
from nbtrack.models.signature import ModelSignature
from nbtrack.models.source_imports import imports_of_source
from nbtrack.models.trust import (
    SIGNATURE,
    Trust,
    digests_of,
    files_of,
    judged_once,
    refuse_changed,
    require_trust,
    sign,
    trust_of,
)
from nbtrack.models.yaml_text import parse_yaml, read_yaml, write_yaml

__all__ = [
    "COMPATIBLE_MLFLOW",
    "ENVIRONMENT",
    "MLMODEL",
    "SIGNATURE",
    "AnyType",
    "Array",
    "ColSpec",
    "DataType",
    "InputExample",
    "Map",
    "Model",
    "ModelConfig",
    "ModelSignature",
    "Object",
    "ParamSchema",
    "ParamSpec",
    "Property",
    "Schema",
    "StatedEnvironment",
    "TensorSpec",
    "Trust",
    "columns_from_text",
    "digests_of",
    "enforce_params",
    "enforce_schema",
    "files_of",
    "frame_of_mapping",
    "imports_of_pickle",
    "imports_of_source",
    "infer_schema",
    "infer_signature",
    "is_polars",
    "items_from_text",
    "judged_once",
    "load_example",
    "package_of",
    "parse_yaml",
    "pinned",
    "platform_resources",
    "polars_to_pandas",
    "read_requirements",
    "read_settings",
    "read_yaml",
    "refuse_changed",
    "require_trust",
    "save_example",
    "set_model",
    "sign",
    "source_that_set",
    "taking_model",
    "tensors_from_json",
    "trust_of",
    "with_settings",
    "write_environment",
    "write_yaml",
]


def __getattr__(name: str) -> Any:
    # MLflow's users call `models.evaluate`, which records and so lives floors above this package.
    if name == "evaluate":
        return importlib.import_module("nbtrack.tracking.evaluation").evaluate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

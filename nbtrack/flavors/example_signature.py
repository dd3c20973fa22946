"""What an input example says of a model: the signature, if the model can eat it."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput, SignatureMismatch
from nbtrack.flavors.protocol import Predictor
from nbtrack.models import (
    InputExample,
    ModelSignature,
    enforce_params,
    enforce_schema,
    infer_schema,
    infer_signature,
    save_example,
)


def signature_of_example(example: InputExample, predict: Predictor | None) -> ModelSignature | None:
    """Return the signature of an example and of what the model answers to it; what fails is told in a warning.

    Parameters
    ----------
    predict
        None where the model can't predict, or not yet.
    """
    try:
        signature = infer_signature(example.inputs, params=example.params)
    except InvalidInput as error:
        _tell(f"No signature can be read off the input example: {error}")
        return None
    if predict is None:
        return signature
    try:
        answer = predict(example.inputs, example.params)
    except Exception as error:  # noqa: BLE001 - whatever a user's model raises
        _tell(f"The model can't eat its input example ({type(error).__name__}: {error}), so it has no signature.")
        return None
    return signature if answer is None else replace(signature, outputs=infer_schema(answer))


def check_example(example: InputExample, signature: ModelSignature) -> None:
    """Tell where an example doesn't fit the signature that was given beside it."""
    try:
        if signature.inputs is not None:
            enforce_schema(example.inputs, signature.inputs)
        enforce_params(example.params, signature.params)
    except SignatureMismatch as error:
        _tell(f"The input example doesn't fit the signature: {error}")


def keep_example(example: InputExample, directory: Path) -> dict[str, Any] | None:
    """Write an example and return what the MLmodel file says of it; one that can't be written is told of."""
    try:
        return save_example(example, directory)
    except InvalidInput as error:
        _tell(str(error))
        return None


def _tell(message: str) -> None:
    warnings.warn(f"{message} The model is saved all the same.", stacklevel=5)

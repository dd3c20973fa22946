"""What a framework must say about itself to be saved, loaded and served."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from nbtrack.models import ModelSignature

Predictor = Callable[[Any, Mapping[str, Any]], Any]
"""``predict(data, params)``: data as the signature wants it, params with their defaults filled in.

One with an attribute ``checks_tensors`` that is true makes its tensors itself, from whatever data there is; a signature
of tensors is then not enforced before.
"""


@dataclass(frozen=True)
class FlavorConfig:
    """What a flavor writes into the MLmodel file, and finds there again.

    Parameters
    ----------
    section
        Its own section; empty for python_function, which has only the other.
    pyfunc
        Its part of the ``python_function`` section, with the ``loader_module`` by which MLflow loads it; None where the
        object can't predict.
    packages
        Import names of the packages that loading needs; only used when saving.
    signature
        What the model's own code says of its data, whatever the caller says; only used when saving.
    document
        Keys for the top of the MLmodel file; only used when saving.
    default_signature
        What the model's own file says of its data, for want of another signature; only used when saving.
    """

    section: Mapping[str, Any] = field(default_factory=dict)
    pyfunc: Mapping[str, Any] | None = None
    packages: frozenset[str] = frozenset()
    signature: ModelSignature | None = None
    document: Mapping[str, Any] = field(default_factory=dict)
    default_signature: ModelSignature | None = None


class Flavor(Protocol):
    """One framework. An entry point of the group ``nbtrack.flavors`` names the class by the framework's package, or
    `nbtrack.flavors.register_flavor` makes it known to a process.

    Whatever in a folder runs code when it is loaded must be refused in ``load``, by
    `nbtrack.models.require_trust`, before it is opened.

    One with an attribute ``always_predicts`` that is true predicts by folders without a python_function section, too.
    """

    name: str

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        """Write the model's own files into ``directory``, where at most the code that it brings along is yet."""
        ...

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        """Return the model as its framework knows it."""
        ...

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:
        """Return the function that predicts."""
        ...

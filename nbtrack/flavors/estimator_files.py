"""Estimators in files: skops where it serves, signed cloudpickle for the rest."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from nbtrack.errors import MalformedModel
from nbtrack.flavors.pickling import inner_path, read_pickle, write_pickle
from nbtrack.flavors.skops_types import REVIEWED
from nbtrack.flavors.tree_bounds import refuse_unbounded_trees
from nbtrack.models import require_trust

_SKOPS = "model.skops"
_PICKLE = "model.pkl"
_DAMAGED = (BadZipFile, KeyError, ValueError, TypeError, AttributeError, ImportError, EOFError, OSError)


@dataclass(frozen=True)
class EstimatorFile:
    """The file that an estimator was written to.

    Parameters
    ----------
    name
        Its name in the model's folder.
    section
        What the flavor's section says of it beside its name, in MLflow's words.
    packages
        Import names of the packages that reading it needs.
    """

    name: str
    section: dict[str, Any]
    packages: frozenset[str]


def write_estimator(model: Any, directory: Path) -> EstimatorFile:
    """Write an estimator as skops, or, where skops doesn't serve, as a pickle; warn if it was never fitted.

    Raises
    ------
    UnsavableModel
        A part of it can't be pickled either.
    """
    _warn_if_unfitted(model)
    trusted = _write_skops(model, directory / _SKOPS)
    if trusted is None:
        packages = write_pickle(model, directory / _PICKLE)
        return EstimatorFile(_PICKLE, {"serialization_format": "cloudpickle"}, packages)
    section = {"serialization_format": "skops", "skops_trusted_types": trusted or None}
    return EstimatorFile(_SKOPS, section, frozenset({"skops"}))


def read_estimator(directory: Path, file: object, section: Mapping[str, Any]) -> Any:
    """Read an estimator from the file of a model's folder that its MLmodel file names.

    Parameters
    ----------
    section
        The flavor's, which says how it was written.

    Raises
    ------
    UntrustedModel
        It is a pickle, or holds types that nobody reviewed, and this user didn't sign the folder.
    MalformedModel
        The file is missing or damaged.
    """
    path = inner_path(directory, file)
    if section.get("serialization_format") != "skops":
        return read_pickle(directory, str(file))
    return _read_skops(directory, path, section.get("skops_trusted_types"))


def _warn_if_unfitted(model: Any) -> None:
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(model)
    except NotFittedError:
        warnings.warn(
            f"This {type(model).__name__} is not fitted yet: it is saved as it is, and predicting with it will fail.",
            stacklevel=5,
        )
    except TypeError:
        pass  # not every object of scikit-learn can be fitted


def _write_skops(model: Any, path: Path) -> list[str] | None:
    """Write a skops file and return the reviewed types that a reader must trust; None where skops doesn't serve."""
    import skops.io
    from skops.io.exceptions import UnsupportedTypeException

    try:
        skops.io.dump(model, path)
        unknown = list(skops.io.get_untrusted_types(file=path))
    except (UnsupportedTypeException, *_DAMAGED, NotImplementedError, RecursionError):
        # What skops can't write the pickle can, or says why not.
        unknown = ["unsupported"]
    if set(unknown) <= set(REVIEWED):
        return sorted(unknown)
    path.unlink(missing_ok=True)
    return None


def _read_skops(directory: Path, path: Path, stated: object) -> Any:
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    # skops compares each type with all that it is told to trust, so it is told of no more than the file is said to
    # hold. Whoever wrote that can't add to what was reviewed.
    expected = [name for name in REVIEWED if name in stated] if isinstance(stated, list) else []
    try:
        try:
            model = skops.io.load(path, trusted=expected)
        except UntrustedTypesFoundException:
            unknown = list(skops.io.get_untrusted_types(file=path))
            if strangers := sorted(set(unknown) - set(REVIEWED)):
                require_trust(directory, f"objects of types that nobody reviewed ({', '.join(strangers)})")
            model = skops.io.load(path, trusted=unknown)
        refuse_unbounded_trees(model)
        return model
    except _DAMAGED as error:
        raise MalformedModel(f"{path} is no whole skops file: {error}") from error

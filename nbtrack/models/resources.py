"""What a platform must let a model use, as MLmodel files say it: ``resources`` and ``auth_policy``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput
from nbtrack.models.yaml_text import read_yaml

_API_VERSION = "1"


def platform_resources(given: Any) -> dict[str, Any] | None:
    """Return the mapping that stands in the MLmodel file.

    Parameters
    ----------
    given
        That mapping, an object of MLflow's with ``to_dict()`` or a list of them, or the path of a YAML file.

    Raises
    ------
    InvalidInput
        It is none of these.
    MalformedModel
        The file can't be read.
    """
    if given is None:
        return None
    if isinstance(given, (str, Path)):
        given = read_yaml(Path(given))
    elif hasattr(given, "to_dict"):
        given = given.to_dict()
    elif isinstance(given, Iterable) and not isinstance(given, Mapping):
        given = _collected(given)
    if not isinstance(given, Mapping):
        raise InvalidInput(
            "Resources and policies are a mapping, MLflow's objects for them, or the path of a YAML file."
        )
    return dict(given)


def _collected(resources: Iterable[Any]) -> dict[str, Any]:
    """Put MLflow's resources together by the platform and the kind that each is of."""
    found: dict[str, Any] = {"api_version": _API_VERSION}
    for resource in resources:
        if not hasattr(resource, "to_dict") or not hasattr(resource, "target_uri"):
            raise InvalidInput(f"{resource!r} is no resource: it has no to_dict() and target_uri.")
        platform = found.setdefault(str(resource.target_uri), {})
        for kind, entries in resource.to_dict().items():
            platform.setdefault(kind, []).extend(entries)
    return found

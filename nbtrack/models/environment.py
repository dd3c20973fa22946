"""The environment files beside a model: `requirements.txt`, `python_env.yaml`, `conda.yaml`.

`requirements.txt` says what the model needs, whoever runs it, so nobody is made to install MLflow. MLflow builds
environments to serve a model from the other two, and starts its own server inside; so these ask for MLflow too.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput
from nbtrack.models.document import COMPATIBLE_MLFLOW
from nbtrack.models.requirements import Requirements, package_of, pinned, requirements_of
from nbtrack.models.yaml_text import read_yaml, write_yaml

REQUIREMENTS = "requirements.txt"
CONSTRAINTS = "constraints.txt"
PYTHON_ENV = "python_env.yaml"
CONDA = "conda.yaml"

# How the python_function section of an MLmodel file refers to them.
ENVIRONMENT = {"conda": CONDA, "virtualenv": PYTHON_ENV}

_LARGEST_BYTES = 1024 * 1024
_MLFLOW = f"mlflow=={COMPATIBLE_MLFLOW}"
_PACKAGES_OF_MLFLOW = ("mlflow", "mlflow-skinny")


@dataclass(frozen=True)
class Environment:
    """What must be installed for a model: for pip, and as a user's own conda environment says it."""

    requirements: Requirements
    conda: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class StatedEnvironment:
    """What a user says about a model's environment, in MLflow's words; by default its requirements are found out.

    Parameters
    ----------
    pip_requirements
        All that pip is to install: the path of a requirements file, or lines of one.
    extra_pip_requirements
        More than what is found out; what it says of a package counts.
    conda_env
        A whole conda environment: a mapping, or the path of its YAML file.
    """

    pip_requirements: str | Path | Iterable[str] | None = None
    extra_pip_requirements: str | Path | Iterable[str] | None = None
    conda_env: Mapping[str, Any] | str | Path | None = None

    def completed(self, packages: Iterable[str], inner: Iterable[Path] = ()) -> Environment:
        """Return the environment of a model that needs ``packages`` (import names) and loads the models ``inner``.

        Raises
        ------
        InvalidInput
            More than one of the three is given, or it can't be read.
        """
        stated = {name: value for name, value in vars(self).items() if value is not None}
        if len(stated) > 1:
            raise InvalidInput(
                f"Give one of pip_requirements, extra_pip_requirements and conda_env, not {len(stated)}."
            )
        if self.conda_env is not None:
            conda, lines = conda_environment(self.conda_env)
            return Environment(requirements_of(lines), conda)
        if self.pip_requirements is not None:
            return Environment(requirements_of(self.pip_requirements))
        needed = {package_of(line): line for folder in inner for line in read_requirements(folder)}
        needed |= {package_of(line): line for line in pinned(packages)}
        found = Requirements(tuple(sorted(line for name, line in needed.items() if name)))
        extra = self.extra_pip_requirements
        return Environment(found if extra is None else found.with_extra(requirements_of(extra)))


def write_environment(directory: Path, environment: Environment) -> None:
    """Write the three files, and constraints.txt where there are constraints."""
    lines = list(environment.requirements.lines)
    if environment.requirements.constraints:
        (directory / CONSTRAINTS).write_text(_text(environment.requirements.constraints), encoding="utf-8")
        lines.append(f"-c {CONSTRAINTS}")
    (directory / REQUIREMENTS).write_text(_text(lines), encoding="utf-8")
    python = _python_of(environment.conda) or platform.python_version()
    # Who names MLflow has chosen its version.
    served_by = [] if any(package_of(line) in _PACKAGES_OF_MLFLOW for line in lines) else [_MLFLOW]
    build, dependencies = ["pip", "setuptools", "wheel"], [*served_by, f"-r {REQUIREMENTS}"]
    write_yaml(directory / PYTHON_ENV, {"python": python, "build_dependencies": build, "dependencies": dependencies})
    conda = environment.conda or {
        "name": "nbtrack-env",
        "channels": ["conda-forge"],
        "dependencies": [f"python={python}", "pip", {"pip": [*served_by, *lines]}],
    }
    write_yaml(directory / CONDA, dict(conda))


def conda_environment(given: Mapping[str, Any] | str | Path) -> tuple[dict[str, Any], list[str]]:
    """Read a conda environment, a mapping or the path of its YAML file, and return it with what pip installs of it.

    Raises
    ------
    InvalidInput
        It has no list ``dependencies``, or its pip part is no list of texts.
    MalformedModel
        The file can't be read.
    """
    environment = given if isinstance(given, Mapping) else read_yaml(Path(given))
    dependencies = environment.get("dependencies") if isinstance(environment, Mapping) else None
    if not isinstance(dependencies, list):
        raise InvalidInput("A conda environment has a list `dependencies`, as in {'dependencies': ['python=3.12']}.")
    lines = [line for part in dependencies if isinstance(part, Mapping) for line in part.get("pip") or ()]
    if not all(isinstance(line, str) for line in lines):
        raise InvalidInput("The pip part of a conda environment is a list of requirements.")
    return dict(environment), lines


def read_requirements(directory: Path) -> list[str]:
    """Return the lines of a model's requirements.txt, or none where it has no such file."""
    try:
        with (directory / REQUIREMENTS).open(encoding="utf-8", errors="replace") as file:
            text = file.read(_LARGEST_BYTES)
    except FileNotFoundError:
        return []
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _python_of(conda_env: Mapping[str, Any] | None) -> str | None:
    names = (conda_env or {}).get("dependencies", ())
    found = (re.match(r"python\s*=+\s*(\d[\d.]*\d)$", name) for name in names if isinstance(name, str))
    return next((match[1] for match in found if match), None)


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)

"""The environment files beside a model: `requirements.txt`, `python_env.yaml`, `conda.yaml`."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path

from nbtrack.models.yaml_text import write_yaml

REQUIREMENTS = "requirements.txt"
PYTHON_ENV = "python_env.yaml"
CONDA = "conda.yaml"

# How the python_function section of an MLmodel file refers to them.
ENVIRONMENT = {"conda": CONDA, "virtualenv": PYTHON_ENV}


def write_environment(directory: Path, requirements: Sequence[str]) -> None:
    """Write the three files for this Python and ``requirements`` (pip's syntax, one each)."""
    python = platform.python_version()
    (directory / REQUIREMENTS).write_text("".join(f"{line}\n" for line in requirements), encoding="utf-8")
    write_yaml(
        directory / PYTHON_ENV,
        {
            "python": python,
            "build_dependencies": ["pip", "setuptools", "wheel"],
            "dependencies": [f"-r {REQUIREMENTS}"],
        },
    )
    write_yaml(
        directory / CONDA,
        {
            "name": "nbtrack-env",
            "channels": ["conda-forge"],
            "dependencies": [f"python={python}", "pip", {"pip": list(requirements)}],
        },
    )


def read_requirements(directory: Path) -> list[str]:
    """Return the lines of a model's requirements.txt, or none where it has no such file."""
    try:
        text = (directory / REQUIREMENTS).read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]

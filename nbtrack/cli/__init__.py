"""The command line: ``nbtrack COMMAND`` and ``python -m nbtrack COMMAND``."""

from nbtrack.cli.main import main

__all__ = ["main"]

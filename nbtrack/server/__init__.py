"""The Jupyter server extension: ``/nbtrack/api``, change events, served models, evaluations of files."""

from nbtrack.server.extension import NbtrackApp

__all__ = ["NbtrackApp"]

"""Models by URI: finding the folder behind ``runs:/``, ``models:/`` and paths, and registering versions."""

from nbtrack.registry.uris import ModelPlace, find_version, locate, register

__all__ = ["ModelPlace", "find_version", "locate", "register"]
